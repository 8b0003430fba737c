"""Runs in the service's background, where that is to be had; and what becomes of the others."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from mcp_foundry.emulator import Emulator
from tests.conftest import TEST_LIMITS, Connect, failure
from tests.rigs.calling import ask

if TYPE_CHECKING:
    from mcp.client import Client

pytestmark = pytest.mark.anyio


def sent(emulator: Emulator) -> list[dict[str, Any]]:
    """The bodies of the questions."""
    bodies: list[Any] = [r.body for r in emulator.received if r.path == "/openai/v1/responses"]
    return [body for body in bodies if body]


NAMED_IN_TEXT = "Unknown parameter: 'background'."


@pytest.mark.parametrize(
    "behaviour",
    [
        {"refused_fields": ["background"]},
        {"refuses_by_schema": ["background"]},
        {"refused_fields": ["metadata"]},
        {"refuses_by_schema": ["metadata", "background"]},
    ],
)
async def test_what_an_agent_s_route_refuses_is_left_out_from_then_on(
    emulator: Emulator, client: Client, behaviour: dict[str, list[str]]
) -> None:
    (refused,) = behaviour.values()
    emulator.behave(**behaviour)
    for _ in range(3):
        assert (await ask(client, "[say Fine.]", "helper"))["text"] == "Fine."
    # A refusal names one field; each costs one request, and only once.
    assert emulator.runs_created == 3 + len(refused)
    assert emulator.runs_taken == 3
    assert not any(name in body for body in sent(emulator)[-2:] for name in refused)


async def test_a_refusal_may_name_the_field_in_its_text_alone(
    emulator: Emulator, client: Client
) -> None:
    emulator.fail_next(400, message=NAMED_IN_TEXT)
    assert (await ask(client, "[say Fine.]", "helper"))["text"] == "Fine."
    assert ["background" in body for body in sent(emulator)] == [True, False]


async def test_another_agent_is_asked_in_the_background_all_the_same(
    emulator: Emulator, client: Client
) -> None:
    emulator.fail_next(400, message=NAMED_IN_TEXT)
    await ask(client, "Hi", "helper")
    await ask(client, "Hi", "researcher")
    assert ["background" in body for body in sent(emulator)] == [True, False, True]


async def test_a_field_that_a_question_needs_is_not_left_out(
    emulator: Emulator, client: Client
) -> None:
    emulator.behave(refused_fields=["input"])
    error = failure(await client.call_tool("ask_agent", {"message": "Hi", "agent": "helper"}))
    assert (error["code"], error["param"]) == ("invalid_request", "input")
    assert "Not allowed when agent is specified (input)" in error["message"]
    assert emulator.runs_created == 1


async def test_the_background_can_be_switched_off(emulator: Emulator, connect: Connect) -> None:
    async with connect(background="off") as client:
        assert (await ask(client, "[say Fine.]", "helper"))["text"] == "Fine."
    (body,) = sent(emulator)
    assert "background" not in body
    assert body["store"] is True


async def test_text_of_a_run_that_ended_with_its_connection_is_kept(connect: Connect) -> None:
    async with Emulator(tokens_per_second=100) as paced:
        paced.behave(ignores_background=True)
        paced.fault(drop_after_events=20)
        async with connect(endpoint=paced.endpoint) as client:
            answer = await ask(client, "[long 60]", "helper")
        # Nothing was resumed, for it had not been in the background whatever was asked for.
        assert not any("stream" in request.query for request in paced.received)
    assert (answer["status"], answer["incomplete_reason"]) == ("incomplete", "connection_lost")
    assert answer["text"].startswith("alpha naïve token 東京")


async def test_a_run_that_ended_with_its_connection_before_any_text_is_told_as_such(
    emulator: Emulator, client: Client
) -> None:
    emulator.behave(ignores_background=True)
    emulator.fault(drop_after_events=2)
    asked = {"message": "[slow 5]", "agent": "helper"}
    error = failure(await client.call_tool("ask_agent", asked))
    assert error["code"] == "connection_failed"
    assert "the service did not run it in its background" in error["message"]
    assert "Leave conversation_id empty" not in error["message"]


async def test_a_cancelled_call_of_a_run_in_the_foreground_needs_no_second_request(
    emulator: Emulator, connect: Connect
) -> None:
    async with connect(background="off") as client, anyio.create_task_group() as tasks:
        tasks.start_soon(client.call_tool, "ask_agent", {"message": "[slow 30]"})
        await emulator.wait_for(lambda it: it.live and it.busy_connections)
        await anyio.wait_all_tasks_blocked()
        tasks.cancel_scope.cancel()
    await emulator.wait_for(lambda it: not it.live)
    assert not any(request.path.endswith("/cancel") for request in emulator.received)


async def test_a_run_that_ended_before_it_could_be_cancelled_is_looked_up_once(
    emulator: Emulator, connect: Connect
) -> None:
    emulator.fault(silence=4)
    limits = replace(TEST_LIMITS, silence=60)
    async with connect(limits=limits) as client, anyio.create_task_group() as tasks:
        tasks.start_soon(client.call_tool, "ask_agent", {"message": "[say Done.]"})
        await emulator.wait_for(lambda it: it.runs_taken and not it.live and it.busy_connections)
        await anyio.wait_all_tasks_blocked()
        tasks.cancel_scope.cancel()
    await emulator.wait_for(lambda it: it.received[-1].method == "GET")
    paths = [request.path.rpartition("/")[2] for request in emulator.received]
    assert paths[-2] == "cancel"
