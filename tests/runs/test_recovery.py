"""Answers fetched from the service, because the stream of their run broke."""

from __future__ import annotations

from dataclasses import replace
from json import dumps
from typing import TYPE_CHECKING, Any

import aiohttp
import anyio
import pytest

from tests.conftest import TEST_LIMITS, Connect, failure, structured
from tests.rigs.calling import GENERATIONS, ask
from tests.rigs.raw_service import raw_service, stream

if TYPE_CHECKING:
    from mcp.client import Client

    from mcp_foundry.emulator import Emulator

pytestmark = pytest.mark.anyio

# The run is named by then, and has said nothing yet.
EARLY: dict[str, Any] = {"drop_after_events": 3}
OUT_OF_REACH: dict[str, Any] = {"on": "get", "status": 429, "retry_after": 0.1}


def reads(emulator: Emulator) -> int:
    """How often a run was looked at."""
    return sum(r.method == "GET" and not r.path.endswith("/messages") for r in emulator.received)


@GENERATIONS
async def test_a_run_whose_stream_broke_is_watched_to_its_end(
    emulator: Emulator, client: Client, agent: str
) -> None:
    emulator.behave(resume_seconds=0)
    emulator.fault(**EARLY)
    answer = await ask(client, "[slow 0.7] [say In the end.]", agent)
    assert (answer["status"], answer["text"]) == ("completed", "In the end.")
    # With growing pauses, not as fast as it can.
    assert 2 <= reads(emulator) <= 5
    assert emulator.runs_created == 1


@GENERATIONS
async def test_a_service_out_of_reach_for_a_while_is_tried_until_it_answers(
    emulator: Emulator, client: Client, agent: str
) -> None:
    emulator.fault(**EARLY)
    emulator.fault(**OUT_OF_REACH, times=6)
    assert (await ask(client, "[say At last.]", agent))["text"] == "At last."
    assert emulator.runs_created == 1


@GENERATIONS
async def test_a_service_out_of_reach_for_too_long_leaves_the_answer_to_be_fetched(
    emulator: Emulator, connect: Connect, agent: str
) -> None:
    emulator.behave(resume_seconds=0)
    emulator.fault(**EARLY)
    emulator.fault(on="get", status=503, retry_after=600, times=100)
    async with connect(limits=replace(TEST_LIMITS, lost=0.5)) as client:
        error = failure(
            await client.call_tool("ask_agent", {"message": "[say Later.]", "agent": agent})
        )
        assert (error["code"], error["status"]) == ("service_unavailable", 503)
        assert error["retry_after"] == 600
        emulator.clear_faults()
        answer_id = error["message"].partition("answer_id=")[2].split()[0]
        answer = structured(await client.call_tool("get_answer", {"answer_id": answer_id}))
    assert answer["text"] == "Later."
    assert emulator.runs_created == 1


@GENERATIONS
async def test_a_run_that_failed_behind_a_broken_stream_is_told_as_failed(
    emulator: Emulator, client: Client, agent: str
) -> None:
    emulator.fault(**EARLY)
    message = "[slow 0.3] [fail server_error Out of order]"
    error = failure(await client.call_tool("ask_agent", {"message": message, "agent": agent}))
    assert error["code"] == "run_failed"
    assert "Out of order" in error["message"]
    assert "goes on" not in error["message"]


@GENERATIONS
@pytest.mark.parametrize("cut", [{"disconnect": True}, {"hang": True}, {"status": 502}])
async def test_an_earlier_run_is_never_taken_for_the_one_that_was_lost(
    emulator: Emulator, client: Client, agent: str, cut: dict[str, Any]
) -> None:
    before = await ask(client, "[say Before.]", agent)
    emulator.fault(**cut)
    question = {"message": "Now", "agent": agent, "conversation_id": before["conversation_id"]}
    error = failure(await client.call_tool("ask_agent", question))
    assert "a run may have been started; it was not started again" in error["message"]
    assert emulator.runs_taken == 1


@GENERATIONS
async def test_a_run_cancelled_by_someone_else_is_told_as_cancelled(
    emulator: Emulator, client: Client, agent: str
) -> None:
    emulator.fault(**EARLY)
    results: list[Any] = []

    async def call() -> None:
        question = {"message": "[slow 30]", "agent": agent}
        results.append(await client.call_tool("ask_agent", question))

    with anyio.fail_after(10):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(call)
            await emulator.wait_for(lambda it: reads(it) >= 1)
            run = next(r.path for r in emulator.received if r.method == "GET")
            async with aiohttp.ClientSession(headers={"Authorization": "Bearer x"}) as other:
                await other.post(f"{emulator.endpoint}{run}/cancel?api-version=v1", json={})
    assert failure(results[0])["code"] == "run_failed"
    assert "cancelled" in failure(results[0])["message"]


async def test_an_error_event_before_the_run_is_named_is_passed_on(connect: Connect) -> None:
    error = {"code": "server_busy", "message": "Come back later."}
    event = f"event: error\ndata: {dumps(error)}\n\n"
    async with raw_service(stream(event)) as service:
        async with connect(endpoint=service.endpoint) as client:
            told = failure(await client.call_tool("ask_agent", {"message": "Hi"}))
        assert sum(line.startswith("POST") for line in service.asked) == 1
    assert told["code"] == "run_failed"
    assert "server_busy: Come back later" in told["message"]


@GENERATIONS
async def test_an_answer_that_is_no_json_is_not_mistaken_for_one(
    emulator: Emulator, connect: Connect, agent: str
) -> None:
    emulator.behave(resume_seconds=0)
    emulator.fault(**EARLY)
    emulator.fault(on="get", status=200, body="<html>Sign in</html>", times=100)
    async with connect(limits=replace(TEST_LIMITS, lost=0.2)) as client:
        error = failure(await client.call_tool("ask_agent", {"message": "Hi", "agent": agent}))
    assert error["code"] == "service_unavailable"
    assert "text/html" in error["message"]
    assert "call get_answer" in error["message"]


async def test_a_page_in_place_of_a_stream_is_told_as_one(
    emulator: Emulator, client: Client
) -> None:
    emulator.fault(status=200, body="<html>Sign in</html>")
    error = failure(await client.call_tool("ask_agent", {"message": "Hi"}))
    assert error["code"] == "service_unavailable"
    assert "(HTTP 200, text/html) is not a stream of events" in error["message"]
