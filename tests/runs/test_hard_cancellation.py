"""A cancelled call cancels its run though the service is late, silent, or will not have it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio
import pytest

from tests.conftest import structured
from tests.rigs.calling import GENERATIONS
from tests.rigs.cancelling import LONG, PROMISED, cancelled_call, cancels, settled

if TYPE_CHECKING:
    from mcp.client import Client

    from mcp_foundry.emulator import Emulator

pytestmark = pytest.mark.anyio


@GENERATIONS
async def test_a_run_whose_id_is_on_the_way_is_cancelled_once_it_is_there(
    emulator: Emulator, client: Client, agent: str
) -> None:
    emulator.fault(delay=0.5)
    async with cancelled_call(client, "ask_agent", {"message": LONG, "agent": agent}):
        await emulator.wait_for(lambda it: it.runs_created)
    await settled(emulator)
    assert (emulator.runs_taken, cancels(emulator)) == (1, 1)


async def test_a_run_on_a_thread_that_was_never_named_is_looked_for_and_cancelled(
    emulator: Emulator, client: Client
) -> None:
    before = structured(
        await client.call_tool("ask_agent", {"message": "Hi", "agent": "asst_helper"})
    )
    emulator.fault(hang=True, after_start=True)
    thread = {"agent": "asst_helper", "conversation_id": before["conversation_id"]}
    async with cancelled_call(client, "ask_agent", {"message": LONG, **thread}):
        await emulator.wait_for(lambda it: it.live)
    await settled(emulator)
    assert cancels(emulator) == 1


@GENERATIONS
async def test_a_service_that_says_nothing_does_not_hold_a_cancelled_call(
    emulator: Emulator, client: Client, agent: str
) -> None:
    emulator.fault(hang=True)
    async with cancelled_call(client, "ask_agent", {"message": LONG, "agent": agent}):
        await emulator.wait_for(lambda it: it.runs_created)
    await settled(emulator)
    assert emulator.runs_created == 1


@GENERATIONS
@pytest.mark.parametrize("fault", [{"status": 503}, {"disconnect": True}])
async def test_cancelling_is_tried_again_where_the_service_failed(
    emulator: Emulator, client: Client, agent: str, fault: dict[str, Any]
) -> None:
    emulator.fault(on="cancel", **fault)
    async with cancelled_call(client, "ask_agent", {"message": LONG, "agent": agent}):
        await emulator.wait_for(lambda it: it.live)
    await settled(emulator)
    assert cancels(emulator) == 2


@GENERATIONS
async def test_a_run_that_cannot_be_cancelled_does_not_hold_its_call(
    emulator: Emulator, client: Client, agent: str
) -> None:
    emulator.fault(on="cancel", hang=True, times=9)
    message = {"message": "[slow 4] [say Too late.]", "agent": agent}
    with anyio.fail_after(PROMISED):
        async with cancelled_call(client, "ask_agent", message):
            await emulator.wait_for(lambda it: it.live)
        await emulator.wait_for(lambda it: not it.busy_connections)


@GENERATIONS
async def test_a_run_that_ended_meanwhile_is_left_alone(
    emulator: Emulator, client: Client, agent: str
) -> None:
    emulator.fault(silence=5)
    async with cancelled_call(client, "ask_agent", {"message": "[say Done.]", "agent": agent}):
        await emulator.wait_for(lambda it: it.runs_taken and not it.live)
    await settled(emulator)
    assert cancels(emulator) <= 1


async def test_a_response_outside_the_background_is_cancelled_by_closing_its_stream(
    emulator: Emulator, client: Client
) -> None:
    emulator.fail_next(400, message="'background' is not supported.")
    async with cancelled_call(client, "ask_agent", {"message": LONG}):
        await emulator.wait_for(lambda it: it.live)
    await settled(emulator)
