"""Single memories and changes of memory stores, through AIProjectClient."""

import asyncio
from typing import Any

import pytest
from azure.ai.projects import AIProjectClient as SyncClient
from azure.ai.projects.aio import AIProjectClient
from azure.ai.projects.models import MemoryItemKind
from azure.core.credentials import AccessToken
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from mcp_foundry.emulator import DEFAULT_MEMORY_STORE as STORE
from mcp_foundry.emulator import TOKEN, Emulator
from tests.rigs.sdk_clients import LATE, bearer

pytestmark = pytest.mark.anyio


class SyncToken:
    """A credential whose token the emulator takes."""

    def get_token(self, *scopes: str, **kwargs: object) -> AccessToken:
        del scopes, kwargs
        return AccessToken(TOKEN, LATE)


async def create(project: AIProjectClient, content: str, **more: Any) -> str:  # noqa: ANN401 - what a memory has
    made = await project.beta.memory_stores.create_memory(
        STORE, **{"scope": "ada", "content": content, "kind": "user_profile", **more}
    )
    return made.memory_id


async def test_a_memory_is_made_read_changed_and_deleted(project: AIProjectClient) -> None:
    stores = project.beta.memory_stores
    made = await stores.create_memory(
        STORE, scope="ada", content="Likes tea.", kind=MemoryItemKind.CHAT_SUMMARY
    )
    assert (made.scope, made.content, made.kind) == ("ada", "Likes tea.", "chat_summary")
    assert await stores.get_memory(STORE, made.memory_id) == made
    changed = await stores.update_memory(STORE, made.memory_id, content="Likes coffee.")
    assert (changed.content, changed.kind) == ("Likes coffee.", "chat_summary")
    found = await stores.search_memories(STORE, scope="ada", items="coffee")
    assert [each.memory_item.memory_id for each in found.memories] == [made.memory_id]
    gone = await stores.delete_memory(STORE, made.memory_id)
    assert (gone.deleted, gone.memory_id) == (True, made.memory_id)
    for again in (stores.get_memory, stores.delete_memory):
        with pytest.raises(ResourceNotFoundError, match=f"Memory '{made.memory_id}' not found"):
            await again(STORE, made.memory_id)


async def test_memories_are_listed_by_scope_kind_and_page(project: AIProjectClient) -> None:
    stores = project.beta.memory_stores
    made = [await create(project, f"Number {each}.") for each in range(5)]
    other = await create(project, "Another.", scope="bob")
    way = await create(project, "First this, then that.", kind="procedural")
    listed = [
        each.memory_id
        async for each in stores.list_memories(
            STORE, scope="ada", kind="user_profile", limit=2, order="asc"
        )
    ]
    assert listed == made
    assert [each.memory_id async for each in stores.list_memories(STORE, scope="bob")] == [other]
    newest = [each.memory_id async for each in stores.list_memories(STORE, scope="ada")]
    assert newest == [way, *reversed(made)]


@pytest.mark.parametrize(
    ("field", "value"), [("scope", ""), ("content", ""), ("kind", "dream"), ("kind", "")]
)
async def test_a_memory_without_what_it_needs_is_refused(
    emulator: Emulator, project: AIProjectClient, field: str, value: str
) -> None:
    with pytest.raises(HttpResponseError, match=r"required|invalid") as refused:
        await create(project, **{"content": "Likes tea.", field: value})
    assert refused.value.status_code == 400
    assert not emulator.store.memory_stores[STORE].memories


async def test_a_store_is_changed_where_the_change_says_so(project: AIProjectClient) -> None:
    stores = project.beta.memory_stores
    changed = await stores.update(STORE, metadata={"team": "red"})
    assert (changed.description, changed.metadata) == (
        "What the emulator remembers.",
        {"team": "red"},
    )
    assert (await stores.update(STORE, description="Ours.")).metadata == {"team": "red"}
    assert (await stores.get(STORE)).description == "Ours."
    with pytest.raises(ResourceNotFoundError, match="MemoryStore 'none' not found"):
        await stores.update("none", description="")


async def test_the_client_that_blocks_does_the_same(emulator: Emulator) -> None:
    def work() -> list[str]:
        with SyncClient(
            emulator.endpoint, SyncToken(), authentication_policy=bearer(), allow_preview=True
        ) as client:
            stores = client.beta.memory_stores
            made = stores.create_memory(STORE, scope="ada", content="Tea.", kind="user_profile")
            stores.update_memory(STORE, made.memory_id, content="Coffee.")
            poller = stores.begin_update_memories(
                STORE, scope="ada", items="Cake", update_delay=0, polling_interval=0.01
            )
            poller.result()
            kept = [each.content for each in stores.list_memories(STORE, scope="ada")]
            stores.delete_memory(STORE, made.memory_id)
            stores.delete_scope(STORE, scope="ada")
            return kept

    assert await asyncio.to_thread(work) == ["Cake", "Coffee."]
