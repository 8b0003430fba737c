"""Stopping what is under way, by its id."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mcp_foundry.emulator import Emulator
from tests.rigs.calling import GENERATIONS, MERGE, answered, ask, failed
from tests.rigs.held_model import HOLD, held_project

if TYPE_CHECKING:
    from tests.conftest import Connect

pytestmark = pytest.mark.anyio

SOON = 0.3


@GENERATIONS
@pytest.mark.parametrize("restarted", [False, True])
async def test_a_run_is_stopped_at_the_service_whoever_began_it_and_twice_is_the_same(
    connect: Connect, mode: str, *, agent: str, restarted: bool
) -> None:
    async with held_project() as (emulator, _):
        changes = {"endpoint": emulator.endpoint, "max_wait": SOON}
        options = {"mode": mode}
        async with connect(options, **changes) as client, connect(options, **changes) as another:
            begun = await ask(client, HOLD, agent)
            assert begun["status"] == "in_progress"
            stopping = another if restarted else client
            first = await answered(stopping, "cancel_answer", answer_id=begun["answer_id"])
            second = await answered(another, "cancel_answer", answer_id=begun["answer_id"])
            got = await failed(another, "get_answer", answer_id=begun["answer_id"])
        assert emulator.live == []
    assert (first["status"], first["incomplete_reason"]) == ("incomplete", "cancelled")
    assert first == second
    assert got["code"] == "run_failed"
    assert "cancelled" in got["message"]


@GENERATIONS
async def test_what_was_written_until_then_comes_back(connect: Connect, agent: str) -> None:
    async with (
        Emulator(tokens_per_second=20) as emulator,
        connect(endpoint=emulator.endpoint, max_wait=0.5) as client,
    ):
        begun = await ask(client, "[long 500]", agent)
        assert begun["status"] == "in_progress"
        stopped = await answered(client, "cancel_answer", answer_id=begun["answer_id"])
    assert stopped["text"]
    assert stopped["incomplete_reason"] == "cancelled"


@GENERATIONS
async def test_what_has_ended_is_told_as_it_ended(
    emulator: Emulator, connect: Connect, mode: str, agent: str
) -> None:
    async with connect({"mode": mode}) as client:
        ended = await ask(client, "[say Done.]", agent)
        stopped = await answered(client, "cancel_answer", answer_id=ended["answer_id"])
    assert (stopped["status"], stopped["text"]) == ("completed", "Done.")
    assert not any(request.path.endswith("/cancel") for request in emulator.received)


@GENERATIONS
async def test_what_never_was_is_said_to_be_not_there(connect: Connect, agent: str) -> None:
    never = "thread_none/run_none" if agent == "asst_helper" else "resp_none"
    async with connect() as client:
        error = await failed(client, "cancel_answer", answer_id=never)
        assert error["code"] == "conversation_not_found"
        assert never in error["message"]
        assert (await failed(client, "cancel_answer", answer_id="x"))["code"] == "invalid_request"


async def test_a_classic_run_that_waits_for_a_reply_is_stopped_too(
    emulator: Emulator, connect: Connect
) -> None:
    async with connect() as client:
        waiting = await ask(client, MERGE, "asst_helper")
        stopped = await answered(client, "cancel_answer", answer_id=waiting["answer_id"])
    assert (stopped["status"], stopped["incomplete_reason"]) == ("incomplete", "cancelled")
    assert emulator.live == []


@GENERATIONS
async def test_a_run_of_an_agent_that_may_not_be_asked_is_not_stopped(
    connect: Connect, agent: str
) -> None:
    async with held_project() as (emulator, _):
        async with connect(endpoint=emulator.endpoint, max_wait=SOON) as client:
            begun = await ask(client, HOLD, agent)
        allowed = frozenset({"weather"})
        async with connect(endpoint=emulator.endpoint, agents=allowed) as client:
            error = await failed(client, "cancel_answer", answer_id=begun["answer_id"])
        assert error["code"] == "not_allowed"
        assert len(emulator.live) == 1
