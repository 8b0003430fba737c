"""Vector stores of the classic generation, through AgentsClient."""

from typing import Any

import pytest
from azure.ai.agents.aio import AgentsClient
from azure.ai.agents.models import (
    FilePurpose,
    FileSearchTool,
    FileSearchToolResource,
    MessageAttachment,
    MessageRole,
    ToolResources,
    VectorStoreConfiguration,
    VectorStoreConfigurations,
    VectorStoreDataSource,
    VectorStoreExpirationPolicy,
    VectorStoreFileStatusFilter,
)
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from mcp_foundry.emulator import Emulator

pytestmark = pytest.mark.anyio

SOON: Any = 0.01  # annotated as whole seconds, taken as any number


async def upload(agents: AgentsClient, name: str = "a.md") -> str:
    made = await agents.files.upload(
        file=(name, b"Elephants remember.", "text/plain"), purpose=FilePurpose.AGENTS
    )
    return made.id


async def test_a_store_is_made_changed_listed_and_deleted(agents: AgentsClient) -> None:
    stores = agents.vector_stores
    policy = VectorStoreExpirationPolicy(anchor="last_active_at", days=7)
    made = await stores.create_and_poll(
        file_ids=[await upload(agents)],
        name="facts",
        expires_after=policy,
        polling_interval=SOON,
    )
    assert (made.status, made.file_counts.completed, made.name) == ("completed", 1, "facts")
    changed = await stores.modify(made.id, name="news", metadata={"a": "b"})
    assert (changed.name, changed.metadata, changed.usage_bytes) == ("news", {"a": "b"}, 19)
    assert (await stores.get(made.id)).name == "news"
    assert [each.id async for each in stores.list()] == [made.id]
    await stores.delete(made.id)
    with pytest.raises(ResourceNotFoundError, match=f"Vector store {made.id} not found"):
        await stores.get(made.id)
    assert [each async for each in stores.list()] == []


async def test_files_of_a_store_are_added_listed_in_pages_and_removed(
    agents: AgentsClient,
) -> None:
    store = await agents.vector_stores.create()
    ids = [await upload(agents) for _ in range(3)]
    for each in ids:
        added = await agents.vector_store_files.create_and_poll(
            store.id, file_id=each, polling_interval=SOON
        )
        assert (added.status, added.usage_bytes) == ("completed", 19)
    listed = agents.vector_store_files.list(store.id, limit=2, order="asc")
    assert [each.id async for each in listed] == ids
    failed = agents.vector_store_files.list(store.id, filter=VectorStoreFileStatusFilter.FAILED)
    assert [each.id async for each in failed] == []
    await agents.vector_store_files.delete(store.id, ids[0])
    with pytest.raises(ResourceNotFoundError, match=f"No file found with id '{ids[0]}'"):
        await agents.vector_store_files.get(store.id, ids[0])


async def test_a_batch_is_polled_listed_and_can_be_cancelled(agents: AgentsClient) -> None:
    batches = agents.vector_store_file_batches
    store = await agents.vector_stores.create()
    ids = [await upload(agents), await upload(agents, "b.md")]
    done = await batches.create_and_poll(store.id, file_ids=ids, polling_interval=SOON)
    assert (done.status, done.file_counts.completed) == ("completed", 2)
    listed = [each.id async for each in batches.list_files(store.id, done.id, order="asc")]
    assert listed == ids
    assert (await batches.cancel(store.id, done.id)).status == "completed"
    assert (await batches.get(store.id, done.id)).status == "completed"


async def test_files_that_are_only_in_azure_are_told_to_be_out_of_reach(
    agents: AgentsClient,
) -> None:
    asset = VectorStoreDataSource(asset_identifier="azureml://x", asset_type="uri_asset")
    store = await agents.vector_stores.create()
    thread = await agents.threads.create()
    kept = VectorStoreConfigurations(
        store_name="x", store_configuration=VectorStoreConfiguration(data_sources=[asset])
    )
    resources = ToolResources(file_search=FileSearchToolResource(vector_stores=[kept]))
    attachment = MessageAttachment(data_source=asset, tools=FileSearchTool().definitions)
    for refused in (
        agents.vector_stores.create_and_poll(data_sources=[asset]),
        agents.vector_store_files.create(store.id, data_source=asset),
        agents.vector_store_file_batches.create(store.id, data_sources=[asset]),
        agents.threads.create(tool_resources=resources),
        agents.messages.create(thread.id, role="user", content="Hi", attachments=[attachment]),
    ):
        with pytest.raises(HttpResponseError, match="cannot read Azure assets") as told:
            await refused
        assert told.value.status_code == 501


async def test_a_file_that_comes_with_a_message_for_search_is_put_into_the_threads_store(
    emulator: Emulator, agents: AgentsClient
) -> None:
    thread = await agents.threads.create()
    for name in ("a.md", "b.md"):
        attached = MessageAttachment(
            file_id=await upload(agents, name), tools=FileSearchTool().definitions
        )
        await agents.messages.create(
            thread.id, role=MessageRole.USER, content="Who remembers?", attachments=[attached]
        )
    kept = (await agents.threads.get(thread.id)).tool_resources
    assert kept
    assert kept.file_search
    assert kept.file_search.vector_store_ids
    (store_id,) = kept.file_search.vector_store_ids
    store = await agents.vector_stores.get(store_id)
    assert store.expires_after
    assert (store.file_counts.total, store.expires_after.days) == (2, 7)
    found = emulator.store.files.find([store_id], "elephant")
    assert sorted(each.filename for each in found) == ["a.md", "b.md"]
