"""A batch that outlives its call: handed over, brought in parts, stopped."""

from __future__ import annotations

import gc
import tracemalloc
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from tests.rigs.calling import GENERATIONS, LONGEST, answered, ask, failed
from tests.rigs.held_model import ENOUGH_FOR_OTHERS, HOLD, held_project

if TYPE_CHECKING:
    from mcp.client import Client

    from mcp_foundry.emulator import Emulator
    from tests.conftest import Connect

pytestmark = pytest.mark.anyio

SOON = 0.3


async def told_of(client: Client, batch: dict[str, Any], count: int) -> list[dict[str, Any]]:
    """The answers that a batch tells, called for until there are so many."""
    told: list[dict[str, Any]] = list(batch["answers"])
    with anyio.fail_after(LONGEST):
        while len(told) < count:
            told += (await answered(client, "get_answer", answer_id=batch["batch_id"]))["answers"]
    return told


@GENERATIONS
async def test_questions_that_wait_for_their_turn_are_not_failed(
    connect: Connect, mode: str, agent: str
) -> None:
    requests = [{"message": f"{HOLD} {n}"} for n in range(12)]
    async with (
        held_project() as (emulator, model),
        connect({"mode": mode}, endpoint=emulator.endpoint, max_wait=SOON, concurrency=2) as client,
    ):
        first = await answered(client, "batch_ask", requests=requests, agent=agent)
        assert (first["completed"], first["failed"], first["unfinished"]) == (0, 0, 12)
        # Two are under way, and can be fetched by their own ids, whatever becomes of the batch.
        first["answers"] = await told_of(client, first, 2)
        assert sorted(answer["number"] for answer in first["answers"]) == [1, 2]
        assert emulator.runs_created == 2
        again = await answered(client, "get_answer", answer_id=first["batch_id"])
        assert (again["status"], again["answers"]) == ("in_progress", [])
        model.release()
        own = await answered(client, "get_answer", answer_id=first["answers"][0]["answer_id"])
        assert own["text"] == f"{HOLD} 0"
        last = first
        texts: dict[int, str] = {}
        with anyio.fail_after(LONGEST):
            while last["status"] == "in_progress":
                last = await answered(client, "get_answer", answer_id=first["batch_id"])
                texts |= {a["number"]: a["text"] for a in last["answers"] if "text" in a}
    assert texts == {n + 1: request["message"] for n, request in enumerate(requests)}


async def test_what_was_brought_is_brought_again_whole_once_all_was(connect: Connect) -> None:
    requests = [{"message": "One"}, {"message": "Two"}]
    async with connect() as client:
        batch = await answered(client, "batch_ask", requests=requests)
        again = await answered(client, "get_answer", answer_id=batch["batch_id"])
    assert again == batch
    assert list(batch)[:5] == ["status", "batch_id", "completed", "failed", "unfinished"]


async def test_the_rest_of_a_batch_is_not_asked_once_it_is_stopped(
    connect: Connect, mode: str
) -> None:
    requests = [{"message": "Quick"}, *({"message": HOLD} for _ in range(20))]
    async with (
        held_project() as (emulator, _),
        connect(
            {"mode": mode}, endpoint=emulator.endpoint, max_wait=ENOUGH_FOR_OTHERS, concurrency=3
        ) as client,
    ):
        batch = await answered(client, "batch_ask", requests=requests)
        stopped = await answered(client, "cancel_answer", answer_id=batch["batch_id"])
        await emulator.wait_for(lambda it: not it.live)
        created = emulator.runs_created
        assert created < len(requests)
        assert (stopped["status"], stopped["completed"]) == ("completed", 1)
        cancelled = [a for a in stopped["answers"] if a.get("incomplete_reason") == "cancelled"]
        assert len(cancelled) == 20
        again = await answered(client, "cancel_answer", answer_id=batch["batch_id"])
        assert len(again["answers"]) == 21
        assert emulator.runs_created == created


async def test_a_call_that_is_cancelled_stops_its_batch(connect: Connect, mode: str) -> None:
    requests = [{"message": HOLD} for _ in range(9)]
    async with (
        held_project() as (emulator, _),
        connect({"mode": mode}, endpoint=emulator.endpoint, concurrency=3) as client,
    ):
        async with anyio.create_task_group() as calls:
            calls.start_soon(client.call_tool, "batch_ask", {"requests": requests})
            await emulator.wait_for(lambda it: len(it.live) == 3)
            calls.cancel_scope.cancel()
        await emulator.wait_for(lambda it: not it.live)
        assert emulator.runs_created == 3


async def test_what_was_told_goes_on_when_the_server_ends_and_is_found_by_the_next(
    connect: Connect,
) -> None:
    requests = [{"message": f"{HOLD} {n}"} for n in range(4)]
    async with held_project() as (emulator, model):
        async with connect(endpoint=emulator.endpoint, max_wait=SOON, concurrency=2) as client:
            batch = await answered(client, "batch_ask", requests=requests)
            batch["answers"] = await told_of(client, batch, 2)
        assert len(emulator.live) == 2
        model.release()
        async with connect(endpoint=emulator.endpoint) as client:
            error = await failed(client, "get_answer", answer_id=batch["batch_id"])
            assert error["code"] == "conversation_not_found"
            assert "by their own answer_id" in error["message"]
            for answer in batch["answers"]:
                own = await answered(client, "get_answer", answer_id=answer["answer_id"])
                assert own["text"] == requests[answer["number"] - 1]["message"]
        assert emulator.runs_created == 2


async def test_turns_of_one_conversation_are_asked_in_their_order(connect: Connect) -> None:
    async with connect() as client:
        begun = await ask(client, "First", conversation_id="new")
        conversation = begun["conversation_id"]
        requests = [{"message": f"Turn {n}", "conversation_id": conversation} for n in range(5)]
        requests.insert(2, {"message": "[say Aside.]", "conversation_id": ""})
        batch = await answered(client, "batch_ask", requests=requests)
    assert (batch["completed"], batch["failed"]) == (6, 0)
    turns = [a["text"] for n, a in enumerate(batch["answers"]) if n != 2]
    assert len(set(turns)) == 5


async def test_turns_that_wait_for_their_conversation_hold_no_others_back(
    connect: Connect,
) -> None:
    async with (
        held_project() as (emulator, _),
        connect(endpoint=emulator.endpoint, max_wait=ENOUGH_FOR_OTHERS, concurrency=2) as client,
    ):
        begun = await ask(client, "First", "helper", conversation_id="new")
        turn = {"message": HOLD, "conversation_id": begun["conversation_id"]}
        requests = [turn, turn, turn, {"message": "Quick"}]
        batch = await answered(client, "batch_ask", requests=requests, agent="helper")
        assert batch["completed"] == 1
        await client.call_tool("cancel_answer", {"answer_id": batch["batch_id"]})
        # The turns behind the one that was stopped are not asked any more.
        await emulator.wait_for(lambda it: not it.live)
        assert emulator.runs_created == 3


@GENERATIONS
async def test_a_refusal_for_the_rate_is_waited_out_though_the_call_is_over(
    emulator: Emulator, connect: Connect, agent: str
) -> None:
    emulator.fail_next(429, on="run", retry_after=1)
    async with connect(max_wait=SOON) as client:
        batch = await answered(client, "batch_ask", requests=[{"message": "Hi", "agent": agent}])
        assert batch["status"] == "in_progress"
        with anyio.fail_after(LONGEST):
            while batch["status"] == "in_progress":
                batch = await answered(client, "get_answer", answer_id=batch["batch_id"])
    assert (batch["completed"], batch["failed"]) == (1, 0)


async def test_a_thousand_questions_that_are_handed_over_hold_40_mb_at_most(
    connect: Connect,
) -> None:
    requests = [{"message": f"{HOLD} {n}" + "x" * 1000} for n in range(1000)]
    async with (
        held_project() as (emulator, _),
        connect(endpoint=emulator.endpoint, max_wait=SOON, concurrency=16) as client,
    ):
        await ask(client, "Warm up", "helper")
        gc.collect()
        tracemalloc.start()
        try:
            batch = await answered(client, "batch_ask", requests=requests)
            gc.collect()
            held, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert batch["unfinished"] == 1000
        await client.call_tool("cancel_answer", {"answer_id": batch["batch_id"]})
    assert held < 40_000_000
