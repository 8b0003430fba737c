"""A request that starts a run is sent again only where the service said that it did not take it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio
import pytest

from tests.conftest import Connect, failure, structured
from tests.rigs.calling import GENERATIONS
from tests.rigs.raw_service import raw_service, reply

if TYPE_CHECKING:
    from mcp.client import Client

    from mcp_foundry.emulator import Emulator

pytestmark = pytest.mark.anyio


def creating(emulator: Emulator) -> list[str]:
    """The requests that write, in order."""
    return [request.path for request in emulator.received if request.method != "GET"]


@GENERATIONS
async def test_a_refusal_is_waited_out_only_within_the_callers_patience(
    emulator: Emulator, connect: Connect, agent: str
) -> None:
    emulator.fail_next(429, retry_after=30)
    async with connect(max_wait=20) as client:
        with anyio.fail_after(10):
            result = await client.call_tool("ask_agent", {"message": "Hi", "agent": agent})
    error = failure(result)
    assert (error["code"], error["retry_after"]) == ("rate_limited", 30)
    assert "asks to wait 30 s" in error["message"]
    assert (emulator.runs_created, emulator.runs_taken) == (1, 0)


@GENERATIONS
async def test_a_service_that_never_takes_it_is_asked_with_growing_pauses(
    emulator: Emulator, connect: Connect, agent: str
) -> None:
    emulator.fail_next(429, retry_after=0, times=1000)
    async with connect(max_wait=2) as client:
        error = failure(await client.call_tool("ask_agent", {"message": "Hi", "agent": agent}))
    assert error["code"] == "rate_limited"
    # 0.1 s, 0.2 s, 0.4 s, 0.8 s: five requests in two seconds, not a thousand.
    assert emulator.runs_created == 5


@GENERATIONS
async def test_nothing_is_started_where_nobody_listens(connect: Connect, agent: str) -> None:
    async with raw_service() as service:
        endpoint = service.endpoint
    async with connect(endpoint=endpoint) as client:
        error = failure(await client.call_tool("ask_agent", {"message": "Hi", "agent": agent}))
    assert error["code"] == "connection_failed"
    assert "no connection to 127.0.0.1" in error["message"]
    assert "Nothing was started" in error["message"]
    assert "may have been started" not in error["message"]


@GENERATIONS
async def test_a_connection_that_dies_between_two_questions_costs_no_second_run(
    emulator: Emulator, client: Client, agent: str
) -> None:
    question = {"message": "Hi", "agent": agent}
    structured(await client.call_tool("ask_agent", question))
    # The kept connection is taken again, and closed by the service while the request is written.
    emulator.fault(disconnect=True)
    error = failure(await client.call_tool("ask_agent", question))
    assert error["code"] == "connection_failed"
    assert emulator.runs_created == 2
    structured(await client.call_tool("ask_agent", question))


async def test_a_connection_closed_while_nobody_used_it_is_not_used_again(
    connect: Connect,
) -> None:
    refusal = reply('{"error": {"message": "No."}}', status="400 Bad Request")
    async with raw_service(refusal) as service, connect(endpoint=service.endpoint) as client:
        failure(await client.call_tool("ask_agent", {"message": "Hi"}))
        failure(await client.call_tool("ask_agent", {"message": "Hi"}))
        assert sum(line.startswith("POST") for line in service.asked) == 2


async def test_a_service_without_background_is_asked_without(
    emulator: Emulator, client: Client
) -> None:
    emulator.fail_next(400, message="Unknown parameter: 'background'.")
    answer = structured(await client.call_tool("ask_agent", {"message": "[say Fine.]"}))
    assert answer["text"] == "Fine."
    bodies: list[Any] = [request.body for request in emulator.received]
    assert ["background" in body for body in bodies] == [True, False]
    assert emulator.runs_taken == 1


async def test_a_conversation_that_could_not_be_created_is_not_created_twice(
    emulator: Emulator, client: Client
) -> None:
    emulator.fail_next(500, on="/conversations")
    question = {"message": "Hi", "conversation_id": "new"}
    error = failure(await client.call_tool("ask_agent", question))
    assert error["code"] == "service_unavailable"
    assert "may have been started" not in error["message"]
    assert creating(emulator) == ["/openai/v1/conversations"]


@GENERATIONS
async def test_replies_are_sent_once(emulator: Emulator, client: Client, agent: str) -> None:
    question = {"message": "[call look {}]", "agent": agent}
    waits = structured(await client.call_tool("ask_agent", question))
    emulator.fault(on="resume", drop_after_events=3)
    given = [{"id": waits["pending"][0]["id"], "output": "42"}]
    resumed = {"agent": agent, "conversation_id": waits["conversation_id"], "replies": given}
    answer = structured(await client.call_tool("ask_agent", resumed))
    assert answer["status"] == "completed"
    assert "look answered" in answer["text"]
    assert len(creating(emulator)) == 2


@GENERATIONS
async def test_pure_reads_are_tried_again(emulator: Emulator, client: Client, agent: str) -> None:
    question = {"message": "[say Yes.]", "agent": agent}
    answer_id = structured(await client.call_tool("ask_agent", question))["answer_id"]
    emulator.fail_next(500, on="get")
    again = structured(await client.call_tool("get_answer", {"answer_id": answer_id}))
    assert again["text"] == "Yes."


@GENERATIONS
async def test_a_batch_slows_down_where_the_service_is_busy_and_answers_all(
    emulator: Emulator, connect: Connect, agent: str
) -> None:
    after_refusal = most = 0

    def counted(it: Emulator) -> bool:
        nonlocal after_refusal, most
        most = max(most, len(it.live))
        if it.runs_taken <= 6:
            after_refusal = max(after_refusal, len(it.live))
        return it.runs_taken == 30 and not it.live

    emulator.fail_next(429, retry_after=0.3, times=8)
    requests = [{"message": "[slow 0.1]", "agent": agent}] * 30
    results: list[Any] = []

    async def call(client: Client) -> None:
        results.append(await client.call_tool("batch_ask", {"requests": requests}))

    async with connect(concurrency=8) as client:
        with anyio.fail_after(20):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(call, client)
                await emulator.wait_for(counted, timeout=15)
    assert structured(results[0])["completed"] == 30
    assert (emulator.runs_created, emulator.runs_taken) == (38, 30)
    # Eight were refused at once; four go on, then more again, and never more than eight.
    assert after_refusal <= 6
    assert 6 < most <= 8
