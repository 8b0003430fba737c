"""Memory stores, through AIProjectClient."""

from typing import Any

import pytest
from azure.ai.projects.aio import AIProjectClient
from azure.ai.projects.models import (
    MemoryOperationKind,
    MemorySearchOptions,
    MemoryStoreDefaultDefinition,
)
from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError

from mcp_foundry.emulator import DEFAULT_MEMORY_STORE, Emulator

pytestmark = pytest.mark.anyio


async def remember(
    project: AIProjectClient, *texts: str, scope: str = "ada"
) -> list[tuple[str, str]]:
    """Update at once; what was done, as kind and content."""
    items: list[Any] = [{"type": "message", "role": "user", "content": text} for text in texts]
    poller = await project.beta.memory_stores.begin_update_memories(
        DEFAULT_MEMORY_STORE, scope=scope, items=items, update_delay=0, polling_interval=0.01
    )
    result = await poller.result()
    return [
        (MemoryOperationKind(each.kind).value, each.memory_item.content)
        for each in result.memory_operations
    ]


async def search(project: AIProjectClient, query: str, scope: str = "ada") -> list[str]:
    """The contents of the memories that a query finds."""
    found = await project.beta.memory_stores.search_memories(
        DEFAULT_MEMORY_STORE, scope=scope, items=query
    )
    return [each.memory_item.content for each in found.memories]


async def test_what_was_said_is_found_in_its_scope(project: AIProjectClient) -> None:
    assert await remember(project, "I like green tea") == [("create", "I like green tea")]
    assert await search(project, "Which tea?") == ["I like green tea"]
    assert await search(project, "Which coffee?") == []
    assert await search(project, "Which tea?", scope="bob") == []


async def test_the_best_match_comes_first_and_the_limit_holds(project: AIProjectClient) -> None:
    await remember(project, "tea", "green tea from Japan", "a green car")
    assert (await search(project, "green tea"))[0] == "green tea from Japan"
    found = await project.beta.memory_stores.search_memories(
        DEFAULT_MEMORY_STORE,
        scope="ada",
        items="green tea",
        options=MemorySearchOptions(max_memories=1),
    )
    assert len(found.memories) == 1


async def test_without_a_query_the_scope_is_listed(project: AIProjectClient) -> None:
    await remember(project, "one", "two")
    found = await project.beta.memory_stores.search_memories(DEFAULT_MEMORY_STORE, scope="ada")
    assert len(found.memories) == 2


async def test_nearly_the_same_is_an_update_and_forgetting_deletes(
    project: AIProjectClient,
) -> None:
    await remember(project, "I like green tea")
    assert await remember(project, "I like green tea!") == [("update", "I like green tea!")]
    assert await remember(project, "Forget that I like green tea") == [
        ("delete", "I like green tea!")
    ]
    assert await remember(project, "Forget: everything") == []
    assert await search(project, "tea") == []


async def test_a_newer_update_supersedes_one_that_waits(project: AIProjectClient) -> None:
    first = await project.beta.memory_stores.begin_update_memories(
        DEFAULT_MEMORY_STORE, scope="ada", items="I like tea", polling_interval=0.01
    )
    assert first.status() == "queued"
    second = await project.beta.memory_stores.begin_update_memories(
        DEFAULT_MEMORY_STORE,
        scope="ada",
        items="I like cake",
        previous_update_id=first.update_id,
        update_delay=0,
        polling_interval=0.01,
    )
    done = await second.result()
    assert [each.memory_item.content for each in done.memory_operations] == [
        "I like tea",
        "I like cake",
    ]
    await first.result()
    assert first.superseded_by == second.update_id


async def test_an_update_of_another_scope_waits_undisturbed(
    emulator: Emulator, project: AIProjectClient
) -> None:
    await project.beta.memory_stores.begin_update_memories(
        DEFAULT_MEMORY_STORE, scope="bob", items="I like tea", polling_interval=0.01
    )
    await remember(project, "I like cake")
    (waiting, _) = emulator.store.memory_stores[DEFAULT_MEMORY_STORE].updates.values()
    assert waiting.body["status"] == "queued"


async def test_a_scope_can_be_deleted(project: AIProjectClient) -> None:
    await remember(project, "I like tea")
    deleted = await project.beta.memory_stores.delete_scope(DEFAULT_MEMORY_STORE, scope="ada")
    assert deleted.deleted
    assert await search(project, "tea") == []
    again = await project.beta.memory_stores.delete_scope(DEFAULT_MEMORY_STORE, scope="ada")
    assert not again.deleted


async def test_stores_are_created_read_listed_and_deleted(project: AIProjectClient) -> None:
    stores = project.beta.memory_stores
    definition = MemoryStoreDefaultDefinition(chat_model="gpt-4o", embedding_model="small")
    await stores.create(name="more", definition=definition, description="Mine")
    with pytest.raises(ResourceExistsError, match="already exists"):
        await stores.create(name="more", definition=definition)
    assert (await stores.get("more")).description == "Mine"
    assert [each.name async for each in stores.list()] == ["more", DEFAULT_MEMORY_STORE]
    assert (await stores.delete("more")).deleted
    with pytest.raises(ResourceNotFoundError, match="MemoryStore 'more' not found"):
        await stores.get("more")


async def test_a_superseded_update_never_takes_effect(
    emulator: Emulator, project: AIProjectClient
) -> None:
    begin = project.beta.memory_stores.begin_update_memories
    store = emulator.store.memory_stores[DEFAULT_MEMORY_STORE]
    for delay in (300, 0.05):
        await begin(
            DEFAULT_MEMORY_STORE,
            scope="ada",
            items="I like tea",
            update_delay=delay,  # pyright: ignore[reportArgumentType] - any number will do
            polling_interval=30,
        )
    first, second = store.updates.values()
    await emulator.wait_for(lambda _: second.body["status"] == "completed")
    assert first.body["status"] == "superseded"
