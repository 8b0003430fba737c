"""Classic runs as no document has them: what can be read is the answer, the rest is left out."""

from __future__ import annotations

from json import dumps
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import Connect, structured
from tests.rigs.raw_service import RawService, raw_service, reply, stream

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

pytestmark = pytest.mark.anyio

VALUE: dict[str, Any] = {"value": "All of it.", "annotations": []}
SAID: dict[str, Any] = {
    "id": "msg_1",
    "role": "assistant",
    "content": [{"type": "text", "text": VALUE}],
}
RUN: dict[str, Any] = {
    "id": "run_1",
    "thread_id": "thread_1",
    "assistant_id": "asst_1",
    "status": "in_progress",
    "usage": None,
}
DONE: dict[str, Any] = {**RUN, "status": "completed"}
GONE = reply('{"error": {"message": "No."}}', "application/json", "404 Not Found")


def event(name: str, data: object) -> str:
    return f"event: {name}\ndata: {dumps(data)}\n\n"


def message(**odd: object) -> str:
    return event("thread.message.completed", {**SAID, **odd})


def done(**odd: object) -> str:
    return event("thread.run.completed", {**DONE, **odd})


BEGUN = event("thread.created", {"id": "thread_1"}) + event("thread.run.created", RUN)
PIECE = {"content": [{"type": "text", "text": {"value": "All of it."}}]}
DELTA = event("thread.message.delta", {"id": "msg_1", "delta": PIECE})


@pytest.fixture
async def service() -> AsyncGenerator[RawService]:
    async with raw_service() as said:
        yield said


async def asked(connect: Connect, service: RawService, *replies: bytes) -> dict[str, Any]:
    service.say(*replies)
    async with connect(endpoint=service.endpoint) as client:
        question = {"message": "Hi", "agent": "asst_1"}
        return structured(await client.call_tool("stream_agent", question))


@pytest.mark.parametrize(
    "odd",
    [
        {"usage": 1.5},
        {"usage": {"prompt_tokens": None}},
        {"thread_id": None},
        {"assistant_id": None},
        {"id": None},
        {"incomplete_details": "none"},
        {"last_error": "none"},
    ],
    ids=str,
)
async def test_a_side_field_of_an_odd_type_costs_nothing_but_itself(
    connect: Connect, service: RawService, odd: dict[str, Any]
) -> None:
    answer = await asked(connect, service, stream(BEGUN, DELTA, message(), done(**odd)))
    assert (answer["status"], answer["text"]) == ("completed", "All of it.")
    assert answer["answer_id"] == "thread_1/run_1"
    assert len(service.asked) == 1


async def test_a_message_that_comes_twice_is_one(connect: Connect, service: RawService) -> None:
    answer = await asked(connect, service, stream(BEGUN, DELTA, message(), message(), done()))
    assert answer["text"] == "All of it."


@pytest.mark.parametrize(
    "content", [None, "none", [None], [{"type": "text", "text": {"value": {}}}]], ids=str
)
@pytest.mark.parametrize("piece", [DELTA, ""], ids=["streamed", "not streamed"])
async def test_text_that_cannot_be_read_at_the_end_is_fetched(
    connect: Connect, service: RawService, content: object, piece: str
) -> None:
    listed = reply(dumps({"data": [SAID], "has_more": False}))
    odd = stream(BEGUN, piece, message(content=content), done())
    answer = await asked(connect, service, odd, reply(dumps(DONE)), listed)
    assert (answer["status"], answer["text"]) == ("completed", "All of it.")
    assert len(service.asked) == 3


async def test_text_that_cannot_be_fetched_either_is_what_was_streamed(
    connect: Connect, service: RawService
) -> None:
    answer = await asked(
        connect, service, stream(BEGUN, DELTA, message(content=None), done()), GONE
    )
    assert (answer["status"], answer["text"]) == ("completed", "All of it.")


async def test_a_message_of_which_only_the_beginning_came_is_fetched(
    connect: Connect, service: RawService
) -> None:
    second = event("thread.message.created", {"id": "msg_2"})
    other = {**SAID, "id": "msg_2"}
    listed = reply(dumps({"data": [SAID, other], "has_more": False}))
    odd = stream(BEGUN, message(), second, done())
    answer = await asked(connect, service, odd, reply(dumps(DONE)), listed)
    assert answer["text"] == "All of it.\n\nAll of it."


async def test_an_end_that_says_it_is_queued_is_none(connect: Connect, service: RawService) -> None:
    listed = reply(dumps({"data": [SAID], "has_more": False}))
    odd = stream(BEGUN, message(), done(status="queued"))
    answer = await asked(connect, service, odd, reply(dumps(DONE)), listed)
    assert (answer["status"], answer["text"]) == ("completed", "All of it.")


async def test_a_part_that_cannot_be_shown_is_said_to_be_there(
    connect: Connect, service: RawService
) -> None:
    parts = [{"type": "text", "text": VALUE}, {"type": "hologram", "hologram": "AAAA" * 30}]
    answer = await asked(connect, service, stream(BEGUN, message(content=parts), done()))
    assert answer["text"] == "All of it.\n\n[Not shown: hologram (90 bytes).]"


FUNCTION = {"id": "call_1", "function": {"name": "look", "arguments": "{}"}}
APPROVAL = {"id": "call_1", "server_label": "docs", "name": "look", "arguments": "{}"}


@pytest.mark.parametrize(
    ("kind", "call", "odd"),
    [
        ("submit_tool_outputs", FUNCTION, None),
        ("submit_tool_outputs", FUNCTION, [FUNCTION, None]),
        ("submit_tool_outputs", FUNCTION, [{**FUNCTION, "id": None}]),
        ("submit_tool_outputs", FUNCTION, [{"id": "call_1", "function": {"name": "look"}}]),
        ("submit_tool_approval", APPROVAL, [{**APPROVAL, "name": 7}]),
        ("submit_tool_approval", APPROVAL, [{**APPROVAL, "server_label": None}]),
    ],
    ids=["no calls", "an odd call", "no id", "no arguments", "an odd name", "no server"],
)
async def test_a_run_that_waits_for_what_cannot_be_read_is_looked_up(
    connect: Connect, service: RawService, kind: str, call: dict[str, Any], odd: object
) -> None:
    def waiting(calls: object) -> dict[str, Any]:
        asked_for = {"type": kind, kind: {"tool_calls": calls}}
        return {**RUN, "status": "requires_action", "required_action": asked_for}

    harmed = stream(BEGUN, event("thread.run.requires_action", waiting(odd)))
    listed = reply(dumps({"data": [], "has_more": False}))
    answer = await asked(connect, service, harmed, reply(dumps(waiting([call]))), listed)
    assert answer["status"] == "requires_action"
    (pending,) = answer["pending"]
    assert pending["id"] == "call_1"
    assert (pending["name"], pending["arguments"]) == ("look", "{}")
    assert pending.get("server", "") == call.get("server_label", "")
    assert len(service.asked) == 3
