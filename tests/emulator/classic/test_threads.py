"""Threads, messages and runs, as the classic client lists and changes them."""

from typing import Any

import pytest
from azure.ai.agents.aio import AgentsClient
from azure.ai.agents.models import ListSortOrder, MessageRole
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from mcp_foundry.emulator import CLASSIC_AGENT
from tests.rigs.asking_classic import ask, process

pytestmark = pytest.mark.anyio


async def test_threads_are_listed_changed_and_deleted(agents: AgentsClient) -> None:
    made = [(await agents.threads.create()).id for _ in range(3)]
    listed = agents.threads.list(limit=2, order=ListSortOrder.ASCENDING)
    assert [each.id async for each in listed] == made
    changed = await agents.threads.update(made[0], metadata={"a": "b"})
    assert changed.metadata == {"a": "b"}
    assert (await agents.threads.get(made[0])).metadata == {"a": "b"}
    await agents.threads.delete(made[0])
    with pytest.raises(ResourceNotFoundError, match="No thread found"):
        await agents.threads.update(made[0], metadata={})


async def test_a_message_and_a_run_are_given_metadata(agents: AgentsClient) -> None:
    run, (message,) = await ask(agents, "Hi")
    noted = await agents.messages.update(run.thread_id, message.id, metadata={"a": "b"})
    assert noted.metadata == {"a": "b"}
    assert (await agents.messages.get(run.thread_id, message.id)).metadata == {"a": "b"}
    kept = await agents.runs.update(run.thread_id, run.id, metadata={"c": "d"})
    assert (kept.metadata, kept.status) == ({"c": "d"}, "completed")
    with pytest.raises(ResourceNotFoundError, match="No message found"):
        await agents.messages.update(run.thread_id, "msg_none", metadata={})


async def test_messages_runs_and_steps_are_listed_in_either_order_and_by_run(
    agents: AgentsClient,
) -> None:
    thread = await agents.threads.create()
    runs: list[str] = []
    for text in ("One", "Two"):
        await agents.messages.create(thread.id, role=MessageRole.USER, content=text)
        runs.append((await process(agents, thread.id)).id)
    listed = agents.messages.list(thread.id, order=ListSortOrder.ASCENDING, limit=3)
    roles = [each.role async for each in listed]
    assert roles == ["user", "assistant"] * 2
    of_one = [each.run_id async for each in agents.messages.list(thread.id, run_id=runs[0])]
    assert of_one == [runs[0]]
    oldest_first = agents.runs.list(thread.id, order=ListSortOrder.ASCENDING)
    assert [each.id async for each in oldest_first] == runs
    (step,) = [each async for each in agents.run_steps.list(thread.id, runs[1])]
    assert (await agents.run_steps.get(thread.id, runs[1], step.id)).id == step.id


async def test_a_thread_is_made_asked_and_polled_in_one_call(agents: AgentsClient) -> None:
    run = await agents.create_thread_and_process_run(
        agent_id=CLASSIC_AGENT,
        thread={"messages": [{"role": "user", "content": "Hi"}]},  # pyright: ignore[reportArgumentType] - taken as JSON
    )
    assert run.status == "completed"


async def test_metadata_are_checked_where_they_are_changed(agents: AgentsClient) -> None:
    run, (message,) = await ask(agents, "Hi")
    long = {"a": "x" * 513}
    for change in (
        lambda: agents.threads.update(run.thread_id, metadata=long),
        lambda: agents.messages.update(run.thread_id, message.id, metadata=long),
        lambda: agents.runs.update(run.thread_id, run.id, metadata=long),
    ):
        with pytest.raises(HttpResponseError, match=r"'metadata\.a': string too long"):
            await change()


async def test_a_thread_whose_stores_are_none_takes_files_all_the_same(
    agents: AgentsClient,
) -> None:
    odd: Any = {"file_search": {"vector_store_ids": 5}}
    thread = await agents.threads.create(tool_resources=odd)
    attached: Any = [{"file_id": "assistant-handbook", "tools": [{"type": "file_search"}]}]
    await agents.messages.create(
        thread.id, role=MessageRole.USER, content="Hi", attachments=attached
    )
    held = (await agents.threads.get(thread.id)).tool_resources
    assert held.file_search
    assert len(held.file_search.vector_store_ids or []) == 1
