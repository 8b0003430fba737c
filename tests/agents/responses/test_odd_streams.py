"""Responses as no document has them: what can be read is the answer, the rest is left out."""

from __future__ import annotations

from json import dumps
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import Connect, structured
from tests.rigs.raw_service import RawService, raw_service, reply, stream

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

pytestmark = pytest.mark.anyio

PART: dict[str, Any] = {"type": "output_text", "text": "All of it.", "annotations": []}
SAID: dict[str, Any] = {"type": "message", "role": "assistant", "content": [PART]}
NAMED: dict[str, Any] = {"id": "resp_1", "status": "in_progress", "background": True, "output": []}
DONE: dict[str, Any] = {**NAMED, "status": "completed", "output": [SAID]}
GONE = reply('{"error": {"message": "Not found."}}', "application/json", "404 Not Found")


def event(name: str, **fields: object) -> str:
    return f"event: {name}\ndata: {dumps({'type': name, **fields})}\n\n"


CREATED = event("response.created", response=NAMED, sequence_number=0)
DELTA = event("response.output_text.delta", item_id="m", delta="All of it.", sequence_number=1)


def completed(**odd: object) -> str:
    return event("response.completed", response={**DONE, **odd})


def told(*contents: object) -> list[dict[str, Any]]:
    """An output of one message with these parts."""
    return [{**SAID, "content": list(contents)}]


@pytest.fixture
async def service() -> AsyncGenerator[RawService]:
    async with raw_service() as said:
        yield said


async def asked(connect: Connect, service: RawService, *replies: bytes) -> dict[str, Any]:
    service.say(*replies)
    async with connect(endpoint=service.endpoint) as client:
        return structured(await client.call_tool("stream_agent", {"message": "Hi"}))


NOTED = {"type": "url_citation", "url": "https://a", "start_index": "4", "end_index": "6"}


@pytest.mark.parametrize(
    "odd",
    [
        {"usage": None},
        {"usage": 1.5},
        {"usage": {"input_tokens": "many", "output_tokens": None}},
        {"agent_reference": "helper"},
        {"incomplete_details": "none"},
        {"conversation": 7},
        {"error": "none"},
        {"output": told({**PART, "annotations": None})},
        {"output": told({**PART, "annotations": "none"})},
        {"output": told({**PART, "annotations": [NOTED, None]})},
        {"output": told({**PART, "type": None})},
        {"output": [{**SAID, "role": None}]},
    ],
    ids=str,
)
async def test_a_side_field_of_an_odd_type_costs_nothing_but_itself(
    connect: Connect, service: RawService, odd: dict[str, Any]
) -> None:
    answer = await asked(connect, service, stream(CREATED, DELTA, completed(**odd)))
    assert (answer["status"], answer["text"]) == ("completed", "All of it.")
    assert len(service.asked) == 1


@pytest.mark.parametrize(
    "odd",
    [
        {"output": None},
        {"output": "none"},
        {"output": [None]},
        {"output": [{**SAID, "content": None}]},
        {"output": [{**SAID, "content": [None]}]},
        {"output": told({**PART, "text": {"value": "All of it."}})},
        {"output": told({**PART, "text": None})},
        {"status": "odd"},
    ],
    ids=str,
)
@pytest.mark.parametrize("piece", [DELTA, ""], ids=["streamed", "not streamed"])
async def test_text_that_cannot_be_read_at_the_end_is_fetched(
    connect: Connect, service: RawService, odd: dict[str, Any], piece: str
) -> None:
    whole = reply(dumps({**DONE, "output": told({**PART, "text": "Fetched."})}))
    answer = await asked(connect, service, stream(CREATED, piece, completed(**odd)), whole)
    assert (answer["status"], answer["text"]) == ("completed", "Fetched.")


@pytest.mark.parametrize("odd", [{"output": None}, {"output": told({**PART, "text": {}})}], ids=str)
async def test_text_that_cannot_be_fetched_either_is_what_was_streamed(
    connect: Connect, service: RawService, odd: dict[str, Any]
) -> None:
    answer = await asked(connect, service, stream(CREATED, DELTA, completed(**odd)), GONE)
    assert (answer["status"], answer["text"]) == ("completed", "All of it.")
    assert len(service.asked) == 2


@pytest.mark.parametrize(
    "created",
    [
        event("response.created", response={**NAMED, "id": None}),
        event("response.created", response={**NAMED, "agent_reference": "helper"}),
        event("response.created", response=None),
        "event: response.created\ndata: half a\n\n",
        "event: response.created\ndata: []\n\n",
    ],
)
async def test_an_odd_beginning_is_read_past(
    connect: Connect, service: RawService, created: str
) -> None:
    answer = await asked(connect, service, stream(created, DELTA, completed()))
    assert (answer["text"], answer["answer_id"]) == ("All of it.", "resp_1")
    assert len(service.asked) == 1


async def test_a_beginning_that_is_no_utf_8_is_read_past(
    connect: Connect, service: RawService
) -> None:
    raw = CREATED.encode().replace(b"resp_1", b"\xff\xfe") + completed().encode()
    answer = await asked(connect, service, reply(raw, "text/event-stream"))
    assert answer["text"] == "All of it."


async def test_an_event_nested_without_end_is_passed_over(
    connect: Connect, service: RawService
) -> None:
    deep = "[" * 5000 + "]" * 5000
    odd = f'event: response.output_item.added\ndata: {{"item": {{"type": {deep}}}}}\n\n'
    start = f'event: response.created\ndata: {{"response": {deep}}}\n\n'
    answer = await asked(connect, service, stream(start, CREATED, odd, DELTA, completed()))
    assert answer["text"] == "All of it."
    assert len(service.asked) == 1


FAILED = event("response.failed", response={**NAMED, "status": "failed", "error": None})


@pytest.mark.parametrize("apart", [False, True], ids=["one chunk", "two chunks"])
async def test_the_first_end_counts_however_the_stream_is_cut(
    connect: Connect, service: RawService, *, apart: bool
) -> None:
    ends = stream(CREATED, completed(), FAILED)
    at = ends.index(b"event: response.failed") if apart else len(ends)
    service.pause_at(at)
    assert (await asked(connect, service, ends))["text"] == "All of it."


async def test_an_end_that_says_it_is_queued_is_none(connect: Connect, service: RawService) -> None:
    queued = completed(status="queued", output=[])
    gone = reply('{"error": {"message": "too old"}}', "application/json", "400 Bad Request")
    answer = await asked(connect, service, stream(CREATED, queued), gone, reply(dumps(DONE)))
    assert (answer["status"], answer["text"]) == ("completed", "All of it.")
    assert [line.split(" ")[0] for line in service.asked] == ["POST", "GET", "GET"]


async def test_what_an_error_event_said_is_told_while_the_run_goes_on(
    connect: Connect, service: RawService
) -> None:
    error = event("error", code="server_error", message="The model is out of reach.")
    running = reply(dumps(NAMED))
    service.say(stream(CREATED, DELTA, error), *[running] * 20)
    async with connect(endpoint=service.endpoint, max_wait=0.5) as client:
        result = await client.call_tool("ask_agent", {"message": "Hi"})
    answer = structured(result)
    assert (answer["status"], answer["text"]) == ("in_progress", "All of it.")
    assert "The model is out of reach" in answer["error"]["message"]
    assert "The model is out of reach" in str(result.content)


async def test_what_follows_an_error_event_is_heard(connect: Connect, service: RawService) -> None:
    error = event("error", code="server_error", message="It broke.")
    answer = await asked(connect, service, stream(CREATED, error, DELTA, completed()))
    assert answer["text"] == "All of it."
    assert len(service.asked) == 1


IMAGE = {"type": "image_generation_call", "id": "i", "status": "completed", "result": "iVBO" * 300}
AUDIO = {"type": "output_audio", "data": "AAAA" * 10, "transcript": "Spoken."}


@pytest.mark.parametrize(
    ("output", "text"),
    [
        ([IMAGE], "[The agent made i.png, and wrote nothing.]"),
        ([IMAGE, SAID], "All of it."),
        (told(AUDIO), "Spoken.\n\n[Not shown: audio (30 bytes).]"),
        (told(PART, {"type": "hologram"}), "All of it.\n\n[Not shown: hologram.]"),
        ([], "[The agent completed, and wrote nothing.]"),
        ([{**SAID, "role": None}], "All of it."),
    ],
)
async def test_what_cannot_be_shown_is_said_to_be_there(
    connect: Connect, service: RawService, output: list[Any], text: str
) -> None:
    answer = await asked(connect, service, stream(CREATED, completed(output=output)))
    assert (answer["status"], answer["text"]) == ("completed", text)
