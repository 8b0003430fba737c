"""What a batch costs its reader, and what callers get wrong about batches."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import TEST_LIMITS
from tests.rigs.calling import LONGEST, answered, ask, failed
from tests.rigs.held_model import HOLD, held_project

if TYPE_CHECKING:
    from mcp_foundry.emulator import Emulator
    from tests.conftest import Connect

pytestmark = pytest.mark.anyio


async def test_an_answer_costs_little_beside_its_text(connect: Connect) -> None:
    requests = [{"message": "[say Yes.]"}] * 200
    async with connect() as client:
        batch = await answered(client, "batch_ask", requests=requests)
    assert batch["answers"] == [{"status": "completed", "text": "Yes."}] * 200
    assert batch["usage"]["total_tokens"] > 200


async def test_a_thousand_questions_that_fail_each_in_its_way_cost_one_listing(
    emulator: Emulator, connect: Connect
) -> None:
    kinds: list[dict[str, Any]] = [
        {"message": " "},
        {"message": "x", "agent": "a/b"},
        {"message": "x", "agent": "nobody"},
        {"message": "x", "agent": "helper", "conversation_id": "elsewhere"},
        {"message": "x", "agent": "helper", "conversation_id": "thread_1"},
        {"message": "x", "agent": "helper", "conversation_id": "resp_nowhere"},
        {"message": "x", "conversation_id": "conv_nowhere"},
        {"message": "[fail server_error It broke]"},
        {"message": "x", "conversation_id": "batch_none/1"},
        {"message": "x", "agent": "helper:99"},
    ]
    async with connect(max_wait=50) as client:  # on a busy machine ten seconds are not enough
        batch = await answered(client, "batch_ask", requests=kinds * 100)
        assert (batch["completed"], batch["failed"]) == (0, 1000)
        assert (await ask(client, "[say Alive.]"))["text"] == "Alive."
    for answer in batch["answers"]:
        assert answer["error"]["message"]
        assert answer["next"]
    assert sum(r.path == "/agents" and "after" not in r.query for r in emulator.received) == 1


@pytest.mark.parametrize("reference", ["batch_none", "batch_none/1", "batch_", "batch_x/y/z"])
async def test_a_batch_that_is_not_known_is_told_with_what_to_do(
    emulator: Emulator, connect: Connect, reference: str
) -> None:
    async with connect() as client:
        for tool in ("get_answer", "cancel_answer"):
            error = await failed(client, tool, answer_id=reference)
            assert error["code"] == "conversation_not_found"
    assert emulator.received == []


async def test_batches_that_are_under_way_have_a_bound_and_those_that_ended_make_room(
    connect: Connect,
) -> None:
    limits = replace(TEST_LIMITS, batched=3, silence=LONGEST)
    requests = [{"message": HOLD}] * 2
    async with (
        held_project() as (emulator, _),
        connect(endpoint=emulator.endpoint, limits=limits, max_wait=0.3) as client,
    ):
        batch = await answered(client, "batch_ask", requests=requests)
        error = await failed(client, "batch_ask", requests=requests)
        assert error["code"] == "rate_limited"
        assert (
            "2 questions of earlier batches are under way, and no more than 3" in error["message"]
        )
        await answered(client, "cancel_answer", answer_id=batch["batch_id"])
        assert (await answered(client, "batch_ask", requests=requests))["unfinished"] == 2


async def test_a_batch_is_known_as_long_as_the_server_of_one_who_is_alone(
    connect: Connect,
) -> None:
    async with connect(limits=replace(TEST_LIMITS, run=1)) as client:
        batch = await answered(client, "batch_ask", requests=[{"message": "Hi"}])
        late = await failed(client, "ask_agent", message="[slow 9]")
        assert late["code"] == "timeout", "the second of this one began later"
        again = await answered(client, "get_answer", answer_id=batch["batch_id"])
        assert again == batch


async def test_nobody_goes_on_from_an_answer_that_is_none(
    emulator: Emulator, connect: Connect
) -> None:
    async with connect() as client:
        batch = await answered(client, "batch_ask", requests=[{"message": " "}])
        place = f"{batch['batch_id']}/1"
        error = await failed(client, "ask_agent", message="And?", conversation_id=place)
    assert error["code"] == "invalid_request"
    assert "is failed" in error["message"]
    assert emulator.runs_created == 0


@pytest.mark.parametrize("number", ["0", "3", "x", "-1", ""])
async def test_a_number_that_a_batch_does_not_have_is_refused(
    connect: Connect, number: str
) -> None:
    async with connect() as client:
        batch = await answered(client, "batch_ask", requests=[{"message": "x"}] * 2)
        error = await failed(client, "get_answer", answer_id=f"{batch['batch_id']}/{number}")
    assert error["code"] == "invalid_request"
    assert "from 1 to 2" in error["message"]
