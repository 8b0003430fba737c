"""Replies of the caller to what an agent waits for: decisions, and outputs of functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from tests.rigs.calling import (
    APPROVED,
    DENIED,
    GENERATIONS,
    MERGE,
    YES,
    Person,
    answered,
    ask,
    failed,
    replied,
    resumed,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcp_foundry.emulator import Emulator
    from tests.conftest import Connect

pytestmark = pytest.mark.anyio


@GENERATIONS
@pytest.mark.parametrize(("approve", "outcome"), [(True, APPROVED), (False, DENIED)])
async def test_the_caller_decides_where_the_settings_say_so(
    emulator: Emulator, connect: Connect, *, agent: str, approve: bool, outcome: str
) -> None:
    person = Person(YES)
    async with connect({"elicitation_callback": person}, approvals="caller") as client:
        waiting = await ask(client, MERGE, agent)
        answer = await answered(client, "ask_agent", **replied(agent, waiting, approve=approve))
    assert outcome in answer["text"]
    assert person.asked == []
    assert len(emulator.received) == 2


@GENERATIONS
@pytest.mark.parametrize("approvals", ["ask", "deny"])
async def test_a_caller_who_may_not_approve_is_told_so_and_nothing_is_sent(
    emulator: Emulator, connect: Connect, agent: str, approvals: str
) -> None:
    arguments = {
        "message": "",
        "agent": agent,
        "conversation_id": "resp_1" if agent == "helper" else "thread_1",
        "replies": [{"id": "mcpr_1", "approve": True}],
    }
    async with connect(approvals=approvals) as client:
        error = await failed(client, "ask_agent", **arguments)
    assert error["code"] == "not_allowed"
    assert "MCP_FOUNDRY_APPROVALS=caller" in error["message"]
    assert emulator.received == []


@GENERATIONS
async def test_the_caller_may_always_deny(connect: Connect, agent: str) -> None:
    async with connect() as client:
        waiting = await ask(client, MERGE, agent)
        answer = await answered(client, "ask_agent", **replied(agent, waiting, approve=False))
    assert DENIED in answer["text"]


WEATHER = '[call get_weather {"city": "Oslo"}]'


@GENERATIONS
@pytest.mark.parametrize("tool", ["ask_agent", "stream_agent"])
async def test_the_output_of_a_function_resumes_the_run_with_one_streamed_request(
    emulator: Emulator, connect: Connect, mode: str, *, agent: str, tool: str
) -> None:
    async with connect({"mode": mode}) as client:
        waiting = await ask(client, WEATHER, agent)
        (pending,) = waiting["pending"]
        assert (pending["kind"], pending["name"]) == ("function_call", "get_weather")
        assert pending["arguments"] == '{"city": "Oslo"}'
        answer = await answered(client, tool, **replied(agent, waiting, output="[1, null]"))
    assert answer["status"] == "completed"
    assert "get_weather answered “[1, null]”" in answer["text"]
    assert len(emulator.received) == 2
    assert cast("dict[str, Any]", emulator.received[-1].body)["stream"] is True


@GENERATIONS
async def test_replies_reach_the_run_after_the_server_was_started_anew(
    emulator: Emulator, connect: Connect, agent: str
) -> None:
    async with connect() as client:
        waiting = await ask(client, f"[say Before.] {WEATHER}", agent)
    async with connect(approvals="caller") as client:
        answer = await answered(client, "ask_agent", **replied(agent, waiting, output="Rain"))
    assert answer["status"] == "completed"
    assert "get_weather answered “Rain”" in answer["text"]
    if agent == "asst_helper":
        assert answer["text"].startswith("Before.\n\n")
        assert emulator.runs_created == 1


@GENERATIONS
async def test_what_was_replied_to_waits_no_longer(connect: Connect, agent: str) -> None:
    async with connect() as client:
        waiting = await ask(client, WEATHER, agent)
        done = await answered(client, "ask_agent", **replied(agent, waiting, output="Rain"))
        again = replied(agent, waiting, output="Sun")
        again["conversation_id"] = done["conversation_id"]
        error = await failed(client, "ask_agent", **again)
    assert error["code"] == "invalid_request"
    if agent == "asst_helper":
        assert "waits for no replies" in error["message"]


async def test_a_reply_that_decides_nothing_is_refused(
    emulator: Emulator, connect: Connect
) -> None:
    reply = {"conversation_id": "resp_1", "replies": [{"id": "call_1"}]}
    async with connect(approvals="caller") as client:
        error = await failed(client, "ask_agent", **reply)
    assert error["code"] == "invalid_request"
    assert "call_1" in error["message"]
    assert emulator.received == []


@GENERATIONS
@pytest.mark.parametrize("restarted", [False, True])
async def test_of_a_reply_that_says_both_things_the_kind_of_its_call_decides(
    connect: Connect, *, agent: str, restarted: bool
) -> None:
    both = {"approve": True, "output": "Rain"}
    async with connect(approvals="caller") as client, connect(approvals="caller") as another:
        function = await ask(client, WEATHER, agent)
        approval = await ask(client, MERGE, agent)
        then = another if restarted else client
        first = await answered(then, "ask_agent", **replied(agent, function, **both))
        second = await answered(then, "ask_agent", **replied(agent, approval, **both))
    assert "get_weather answered “Rain”" in first["text"]
    assert APPROVED in second["text"]


async def test_a_reply_that_says_both_things_to_nothing_is_refused(connect: Connect) -> None:
    async with connect(approvals="caller") as client:
        waiting = await ask(client, WEATHER)
        waiting["pending"][0]["id"] = "call_other"
        reply = replied("helper", waiting, approve=True, output="x")
        error = await failed(client, "ask_agent", **reply)
    assert error["code"] == "invalid_request"
    assert "call_other" in error["message"]


async def test_both_things_approve_nothing_where_the_caller_may_not(
    emulator: Emulator, connect: Connect
) -> None:
    async with connect() as client:
        waiting = await ask(client, MERGE)
        reply = replied("helper", waiting, approve=True, output="yes")
        error = await failed(client, "ask_agent", **reply)
    assert error["code"] == "not_allowed"
    assert resumed(emulator) == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"message": "And?", "conversation_id": "resp_1"}, "message and replies came together"),
        ({"conversation_id": ""}, "need the conversation_id"),
        ({"conversation_id": "new"}, "need the conversation_id"),
    ],
)
async def test_replies_go_alone_and_to_a_conversation(
    emulator: Emulator, connect: Connect, arguments: dict[str, Any], told: str
) -> None:
    replies: Sequence[dict[str, Any]] = [{"id": "call_1", "output": "x"}]
    async with connect() as client:
        error = await failed(client, "ask_agent", **arguments, replies=replies)
    assert error["code"] == "invalid_request"
    assert told in error["message"]
    assert emulator.received == []


async def test_several_functions_are_answered_together(connect: Connect) -> None:
    for agent in ("helper", "asst_helper"):
        async with connect() as client:
            waiting = await ask(client, "[call one] [call two]", agent)
            assert len(waiting["pending"]) == 2
            answer = await answered(client, "ask_agent", **replied(agent, waiting, output="ok"))
        assert "one answered “ok”" in answer["text"]
        assert "two answered “ok”" in answer["text"]
