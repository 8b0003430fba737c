"""Runs of a thread that wait for replies, get them, or are given up."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.conftest import TEST_LIMITS, structured
from tests.rigs.calling import MERGE, YES, Person, answered, ask, failed, replied, reply

if TYPE_CHECKING:
    from mcp.client import Client

    from mcp_foundry.emulator import Emulator
    from tests.conftest import Connect

pytestmark = pytest.mark.anyio

WEATHER = '[call get_weather {"city": "Oslo"}]'


async def test_runs_that_wait_are_remembered_up_to_a_bound_and_the_oldest_is_asked_for(
    emulator: Emulator, connect: Connect
) -> None:
    async with connect() as client:
        waiting = await ask(client, "[call look {}]", "asst_helper")
        many = [{"message": "[call look {}]", "agent": "asst_helper"}] * 201
        batch = await client.call_tool("batch_ask", {"requests": many})
        assert not batch.is_error
        before = len(emulator.received)
        reply = {"id": waiting["pending"][0]["id"], "output": "42"}
        place = waiting["conversation_id"]
        answer = await ask(client, "", conversation_id=place, replies=[reply])
    assert answer["status"] == "completed"
    assert [each.method for each in emulator.received[before:]] == ["GET", "GET", "POST"]


async def test_a_threads_run_knows_its_agent_so_replies_need_none(connect: Connect) -> None:
    async with connect(agent="") as client:
        waiting = await ask(client, WEATHER, "asst_helper")
        answer = await answered(client, "ask_agent", **reply(waiting, output="Rain"))
    assert answer["agent"] == "asst_helper"
    assert "get_weather answered “Rain”" in answer["text"]


async def test_replies_to_a_thread_that_waits_for_none_are_refused(
    emulator: Emulator, connect: Connect
) -> None:
    async with connect() as client:
        answer = await ask(client, "Hi", "asst_helper")
        error = await failed(
            client,
            "ask_agent",
            conversation_id=answer["conversation_id"],
            replies=[{"id": "call_1", "output": "x"}],
        )
    assert error["code"] == "invalid_request"
    assert "waits for no replies" in error["message"]
    assert emulator.runs_created == 1


async def test_a_run_may_wait_more_than_once_and_keeps_what_it_wrote(connect: Connect) -> None:
    message = f"[say Before.] {MERGE} [call one]"
    async with connect({"elicitation_callback": Person(YES)}) as client:
        waiting = await ask(client, message, "asst_helper")
        assert [item["kind"] for item in waiting["pending"]] == ["function_call"]
        answer = await answered(client, "ask_agent", **replied("asst_helper", waiting, output="ok"))
    assert answer["text"].startswith("Before.\n\n")
    assert "one answered “ok”" in answer["text"]


async def test_a_run_that_waits_too_long_for_replies_is_cancelled(
    emulator: Emulator, connect: Connect
) -> None:
    limits = replace(TEST_LIMITS, pending=0.2)
    async with connect(limits=limits) as client:
        waiting = await ask(client, WEATHER, "asst_helper")
        for _ in range(2):  # which starts no second clock, and may come too late on a busy machine
            await client.call_tool("get_answer", {"answer_id": waiting["answer_id"]})
        await emulator.wait_for(lambda it: not it.live)
        assert (await ask(client, "[slow 0.3] Still there?"))["status"] == "completed"
    cancelled = [r.path for r in emulator.received if r.path.endswith("/cancel")]
    assert len(cancelled) == 1


async def test_a_run_that_was_replied_to_is_not_cancelled_later(
    emulator: Emulator, connect: Connect
) -> None:
    limits = replace(TEST_LIMITS, pending=1.5)
    async with connect(limits=limits) as client:
        waiting = await ask(client, WEATHER, "asst_helper")
        await answered(client, "ask_agent", **replied("asst_helper", waiting, output="Rain"))
        await ask(client, "[slow 1.7]")
    assert not any(request.path.endswith("/cancel") for request in emulator.received)


async def test_a_run_that_was_replied_to_by_another_replica_is_not_cancelled_later(
    emulator: Emulator, connect: Connect
) -> None:
    limits = replace(TEST_LIMITS, pending=1.5)
    async with (
        connect(limits=limits, approvals="caller") as one,
        connect(approvals="caller") as other,
    ):
        waiting = await ask(one, f"{MERGE} [call one]", "asst_helper")
        again = await answered(other, "ask_agent", **reply(waiting, approve=True))
        assert again["status"] == "requires_action"
        run = waiting["answer_id"].rpartition("/")[2]
        await emulator.wait_for(lambda it: any(each.path.endswith(run) for each in it.received))
        await ask(one, "[slow 0.3]")
        assert not any(request.path.endswith("/cancel") for request in emulator.received)
        answer = await answered(other, "ask_agent", **reply(again, output="1"))
        assert answer["status"] == "completed"


@pytest.mark.parametrize("refused", ["cancel", "get"])
async def test_a_run_that_ended_before_it_aged_out_does_no_harm(
    emulator: Emulator, connect: Connect, refused: str
) -> None:
    emulator.fault(on=refused, status=400)
    async with connect(limits=replace(TEST_LIMITS, pending=0.2)) as client:
        question = {"message": "[call look {}]", "agent": "asst_helper"}
        waits = structured(await client.call_tool("ask_agent", question))
        assert waits["status"] == "requires_action"
        last = "/cancel" if refused == "cancel" else waits["answer_id"].rpartition("/")[2]
        await emulator.wait_for(lambda it: it.received[-1].path.endswith(last))
        answer = await client.call_tool("ask_agent", {"message": "[say Well.]"})
        assert structured(answer)["text"] == "Well."
    cancelled = any(request.path.endswith("/cancel") for request in emulator.received)
    assert cancelled is (refused == "cancel")


@pytest.mark.parametrize("taken", [True, False])
async def test_replies_whose_stream_was_lost_are_looked_for_in_their_run(
    emulator: Emulator, client: Client, *, taken: bool
) -> None:
    waits = await ask(client, "[call look {}]", "asst_helper")
    emulator.fault(on="resume", disconnect=True, after_start=taken)
    given = [{"id": waits["pending"][0]["id"], "output": "42"}]
    resumed = {"conversation_id": waits["conversation_id"], "replies": given}
    answer = structured(await client.call_tool("ask_agent", resumed))
    # Replies that were not taken are still waited for, and the answer says so.
    assert answer["status"] == ("completed" if taken else "requires_action")
    assert ("look answered" in answer.get("text", "")) is taken
