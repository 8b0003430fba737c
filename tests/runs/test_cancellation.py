"""A cancelled call cancels its run at the service, wherever it is, and leaves no connection."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import anyio
import pytest

from tests.conftest import TEST_LIMITS, Connect, structured
from tests.rigs.calling import GENERATIONS
from tests.rigs.cancelling import LONG, cancelled_call, cancels, settled

if TYPE_CHECKING:
    from mcp.client import Client

    from mcp_foundry.emulator import Emulator

pytestmark = pytest.mark.anyio


@GENERATIONS
@pytest.mark.parametrize("tool", ["ask_agent", "stream_agent"])
async def test_a_run_is_cancelled_with_its_call(
    emulator: Emulator, client: Client, agent: str, tool: str
) -> None:
    async with cancelled_call(client, tool, {"message": LONG, "agent": agent}):
        await emulator.wait_for(lambda it: it.live)
    await settled(emulator)
    assert (emulator.runs_created, cancels(emulator)) == (1, 1)
    answer = structured(await client.call_tool(tool, {"message": "[say On.]", "agent": agent}))
    assert answer["text"] == "On."


@GENERATIONS
async def test_a_run_is_cancelled_in_the_middle_of_its_text(
    emulator: Emulator, client: Client, agent: str
) -> None:
    emulator.fault(slow=0.05)
    heard = anyio.Event()

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        if progress and total is None and "alpha" in (message or ""):
            heard.set()

    async with anyio.create_task_group() as tasks:

        async def call() -> None:
            arguments = {"message": "[long 1000]", "agent": agent}
            await client.call_tool("stream_agent", arguments, progress_callback=hear)

        tasks.start_soon(call)
        with anyio.fail_after(5):
            await heard.wait()
        tasks.cancel_scope.cancel()
    await settled(emulator)


@GENERATIONS
async def test_every_run_of_a_batch_is_cancelled_and_the_rest_never_sent(
    emulator: Emulator, connect: Connect, mode: str, agent: str
) -> None:
    requests = [{"message": LONG, "agent": agent}] * 30
    async with connect({"mode": mode}, concurrency=10) as client:
        async with cancelled_call(client, "batch_ask", {"requests": requests}):
            await emulator.wait_for(lambda it: len(it.live) == 10)
        await settled(emulator)
        assert (emulator.runs_created, cancels(emulator)) == (10, 10)


@GENERATIONS
async def test_a_question_that_waits_for_a_slot_is_never_sent(
    emulator: Emulator, connect: Connect, mode: str, agent: str
) -> None:
    async with connect({"mode": mode}, concurrency=1) as client:
        async with cancelled_call(client, "ask_agent", {"message": LONG, "agent": agent}):
            await emulator.wait_for(lambda it: it.live)
            async with cancelled_call(client, "ask_agent", {"message": "Hi", "agent": agent}):
                await anyio.wait_all_tasks_blocked()
            assert len(emulator.live) == 1
        await settled(emulator)
        answer = await client.call_tool("ask_agent", {"message": "[say Free.]", "agent": agent})
        assert structured(answer)["text"] == "Free."
    assert emulator.runs_created == 2


@GENERATIONS
async def test_a_question_that_waits_for_its_turn_is_never_sent(
    emulator: Emulator, client: Client, agent: str
) -> None:
    first = {"message": "Hi", "agent": agent, "conversation_id": "new"}
    begun = structured(await client.call_tool("ask_agent", first))
    turn = {"message": LONG, "agent": agent, "conversation_id": begun["conversation_id"]}
    async with cancelled_call(client, "ask_agent", turn):
        await emulator.wait_for(lambda it: it.live)
        async with cancelled_call(client, "ask_agent", turn):
            await anyio.wait_all_tasks_blocked()
        assert len(emulator.live) == 1
    await settled(emulator)
    assert emulator.runs_created == 2
    again = structured(await client.call_tool("ask_agent", turn | {"message": "[say Next.]"}))
    assert again["text"] == "Next."


@GENERATIONS
async def test_a_question_that_waits_out_a_refusal_is_not_sent_again(
    emulator: Emulator, client: Client, agent: str
) -> None:
    emulator.fail_next(429, retry_after=0.5)
    async with cancelled_call(client, "ask_agent", {"message": LONG, "agent": agent}):
        await emulator.wait_for(lambda it: it.runs_created and not it.busy_connections)
    await settled(emulator)
    answer = await client.call_tool("ask_agent", {"message": "[slow 0.6]", "agent": agent})
    assert structured(answer)["status"] == "completed"
    assert (emulator.runs_created, emulator.runs_taken) == (2, 1)


@GENERATIONS
async def test_a_run_that_is_being_fetched_is_cancelled(
    emulator: Emulator, client: Client, agent: str
) -> None:
    emulator.fault(drop_after_events=3)
    async with cancelled_call(client, "ask_agent", {"message": LONG, "agent": agent}):
        await emulator.wait_for(lambda it: any(r.method == "GET" for r in it.received))
    await settled(emulator)
    assert cancels(emulator) == 1


@GENERATIONS
async def test_a_server_that_ends_cancels_what_callers_wait_for(
    emulator: Emulator, connect: Connect, agent: str
) -> None:
    # A client that goes away is a server that ends, over memory as over stdio.
    async with anyio.create_task_group() as tasks:

        async def call() -> None:
            async with connect() as client:
                await client.call_tool("ask_agent", {"message": LONG, "agent": agent})

        tasks.start_soon(call)
        await emulator.wait_for(lambda it: it.live)
        tasks.cancel_scope.cancel()
    await settled(emulator)
    await emulator.wait_for(lambda it: not it.open_connections)


@GENERATIONS
async def test_a_run_longer_than_any_may_be_is_cancelled(
    emulator: Emulator, connect: Connect, agent: str
) -> None:
    async with connect(limits=replace(TEST_LIMITS, run=0.5)) as client:
        result = await client.call_tool("ask_agent", {"message": LONG, "agent": agent})
        assert result.is_error
        await settled(emulator)
    assert cancels(emulator) == 1
