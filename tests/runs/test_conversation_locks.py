"""One turn of a conversation at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio
import pytest

from mcp_foundry.runs.conversation_locks import ConversationLocks
from tests.conftest import structured
from tests.rigs.calling import GENERATIONS
from tests.rigs.cancelling import LONG

if TYPE_CHECKING:
    from mcp.client import Client

    from mcp_foundry.emulator import Emulator

pytestmark = pytest.mark.anyio


async def begun(client: Client, agent: str) -> str:
    """The id of a conversation that keeps its id: `conv_…` or `thread_…`."""
    first = {"message": "The first", "agent": agent, "conversation_id": "new"}
    conversation_id: str = structured(await client.call_tool("ask_agent", first))["conversation_id"]
    assert conversation_id.startswith(("conv_", "thread_"))
    return conversation_id


@GENERATIONS
async def test_turns_of_one_conversation_are_taken_in_order_across_tools(
    emulator: Emulator, client: Client, agent: str
) -> None:
    place = {"agent": agent, "conversation_id": await begun(client, agent)}
    texts: list[str] = []

    async def call(tool: str, message: str) -> None:
        question = {"message": message, **place}
        arguments = {"requests": [question] * 2} if tool == "batch_ask" else question
        result = structured(await client.call_tool(tool, arguments))
        texts.extend(answer["text"] for answer in result.get("answers", [result]))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(call, "ask_agent", "[slow 0.3] The second")
        await emulator.wait_for(lambda it: it.live)
        tasks.start_soon(call, "stream_agent", "The third")
        await anyio.wait_all_tasks_blocked()
        tasks.start_soon(call, "batch_ask", "The fourth and fifth")
    for turn, text in enumerate(texts, 2):
        assert f"This is turn {turn} of this conversation" in text
    asked = [text.split("“")[1].split("”")[0] for text in texts]
    assert asked[:2] == ["[slow 0.3] The second", "The third"]
    # No turn was refused for another's sake.
    assert len(texts) == emulator.runs_created - 1 == 4


async def test_branches_from_one_answer_run_at_once(emulator: Emulator, client: Client) -> None:
    root = structured(await client.call_tool("ask_agent", {"message": "Root"}))
    branch = {"message": LONG, "conversation_id": root["conversation_id"]}
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(client.call_tool, "ask_agent", branch)
        tasks.start_soon(client.call_tool, "ask_agent", branch)
        await emulator.wait_for(lambda it: len(it.live) == 2)
        tasks.cancel_scope.cancel()


@GENERATIONS
async def test_conversations_do_not_wait_for_each_other(
    emulator: Emulator, client: Client, agent: str
) -> None:
    places = [await begun(client, agent) for _ in range(2)]
    async with anyio.create_task_group() as tasks:
        for place in places:
            turn = {"message": LONG, "agent": agent, "conversation_id": place}
            tasks.start_soon(client.call_tool, "ask_agent", turn)
        await emulator.wait_for(lambda it: len(it.live) == 2)
        tasks.cancel_scope.cancel()


@GENERATIONS
async def test_a_turn_that_failed_leaves_the_conversation_to_the_next(
    emulator: Emulator, client: Client, agent: str
) -> None:
    place = {"agent": agent, "conversation_id": await begun(client, agent)}
    emulator.fault(status=400)
    results: list[Any] = []

    async def call(message: str) -> None:
        results.append(await client.call_tool("ask_agent", {"message": message, **place}))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(call, "Refused")
        tasks.start_soon(call, "[say Taken.]")
    assert [result.is_error for result in results] == [True, False]
    assert structured(results[1])["text"] == "Taken."


async def test_turns_leave_nothing_behind() -> None:
    locks = ConversationLocks()
    async with locks.hold("thread_1/run_1"):
        entered = anyio.Event()

        async def second() -> None:
            async with locks.hold("thread_1"):
                entered.set()

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(second)
            await anyio.wait_all_tasks_blocked()
            assert not entered.is_set()
            tasks.cancel_scope.cancel()
    with anyio.fail_after(1):
        async with locks.hold("thread_1"):
            pass
    assert locks.held == 0
