"""What goes wrong on request, seen from the wire."""

import logging
from email.utils import formatdate
from typing import Any

import aiohttp
import anyio
import pytest
from openai import APIStatusError, AsyncOpenAI, RateLimitError

from mcp_foundry.emulator import CLASSIC_AGENT, Emulator, Fault
from tests.emulator.frames import Frame, frames

pytestmark = pytest.mark.anyio

RESPONSES = "openai/v1/responses"
CLASSIC = "threads/runs"
BOTH = pytest.mark.parametrize("path", [RESPONSES, CLASSIC], ids=["responses", "classic"])
HELPER = {"agent_reference": {"type": "agent_reference", "name": "helper"}}
BROKEN = (aiohttp.ClientPayloadError, aiohttp.ServerDisconnectedError)


def request(path: str, message: str, **further: object) -> dict[str, Any]:
    """The body of a streamed question."""
    if path == RESPONSES:
        return {**HELPER, "input": message, "stream": True, **further}
    thread = {"messages": [{"role": "user", "content": message}]}
    return {"assistant_id": CLASSIC_AGENT, "stream": True, "thread": thread, **further}


async def read(raw: aiohttp.ClientSession, path: str, message: str = "Hi") -> bytes:
    """A whole stream; raises where it breaks."""
    async with raw.post(path, json=request(path, message)) as response:
        return await response.read()


async def read_broken(raw: aiohttp.ClientSession, path: str, message: str = "Hi") -> bytes:
    """The bytes of a stream up to where it breaks."""
    received = b""
    try:
        async with raw.post(path, json=request(path, message)) as response:
            async for chunk in response.content.iter_any():
                received += chunk
    except BROKEN:
        return received
    pytest.fail(f"the stream did not break, but ended with {received[-200:]!r}")


def text_of(events: list[Frame]) -> str:
    """The text of a stream's deltas."""
    parts: list[str] = []
    for name, data in events:
        if isinstance(data, str):
            continue
        if name == "response.output_text.delta":
            parts.append(data["delta"])
        elif name == "thread.message.delta":
            parts.append(data["delta"]["content"][0]["text"]["value"])
    return "".join(parts)


async def last_status(emulator: Emulator, raw: aiohttp.ClientSession, path: str) -> str:
    """The status at the service of the run that was created last."""
    await emulator.wait_for(lambda it: it.runs_taken == it.runs_created and not it.live)
    if path == RESPONSES:
        run = next(reversed(emulator.store.responses.values())).run
        return (await (await raw.get(f"{RESPONSES}/{run.id}")).json())["status"]
    thread = next(reversed(emulator.store.threads))
    return (await (await raw.get(f"threads/{thread}/runs")).json())["data"][0]["status"]


@BOTH
async def test_a_refusal_is_used_up_and_starts_nothing(
    emulator: Emulator, raw: aiohttp.ClientSession, path: str
) -> None:
    emulator.fail_next(429, code="rate_limit", message="Slow down.", retry_after=1)
    async with raw.post(path, json=request(path, "Hi")) as response:
        assert response.status == 429
        assert response.headers["Retry-After"] == "1"
        error = (await response.json())["error"]
        assert (error["code"], error["message"]) == ("rate_limit", "Slow down.")
    assert text_of(frames(await read(raw, path))).startswith("I am the scripted model")
    assert (emulator.runs_created, emulator.runs_taken) == (2, 1)


async def test_a_refusal_can_last_for_several_requests(
    emulator: Emulator, openai: AsyncOpenAI
) -> None:
    emulator.fail_next(503, times=2)
    for _ in range(2):
        with pytest.raises(APIStatusError, match="told to answer 503"):
            await openai.responses.create(input="Hi", extra_body=HELPER)
    await openai.responses.create(input="Hi", extra_body=HELPER)
    assert (emulator.runs_created, emulator.runs_taken) == (3, 1)


async def test_retry_after_can_be_a_date(emulator: Emulator, openai: AsyncOpenAI) -> None:
    date = formatdate(4_000_000_000, usegmt=True)
    emulator.fail_next(429, retry_after=date)
    with pytest.raises(RateLimitError) as caught:
        await openai.responses.create(input="Hi", extra_body=HELPER)
    assert caught.value.response.headers["retry-after"] == date


BODIES: list[tuple[object, str, bytes]] = [
    ("<html>Bad gateway</html>", "text/html", b"<html>Bad gateway</html>"),
    ("", "text/plain", b""),
    (b"\xff", "text/plain", b"\xff"),
    ({"oops": 1}, "application/json", b'{"oops":1}'),
]


@pytest.mark.parametrize(("body", "kind", "sent"), BODIES)
async def test_a_refusal_can_have_any_body(
    emulator: Emulator, raw: aiohttp.ClientSession, body: object, kind: str, sent: bytes
) -> None:
    emulator.fault(status=502, body=body, headers={"x-extra": "1"}, on="GET /connections")
    async with raw.get("connections") as response:
        assert (response.status, response.content_type) == (502, kind)
        assert response.headers["x-extra"] == "1"
        assert await response.read() == sent


async def test_on_selects_requests(emulator: Emulator, raw: aiohttp.ClientSession) -> None:
    emulator.fault(on="get", status=500)
    emulator.fault(on="cancel", status=501)
    emulator.fault(on="resume", status=502)
    assert (await raw.get("connections")).status == 200
    assert (await raw.get(f"{RESPONSES}/resp_none")).status == 500
    assert (await raw.post(f"{RESPONSES}/resp_none/cancel")).status == 501
    assert (await raw.post("threads/t/runs/r/submit_tool_outputs")).status == 502
    emulator.fault(on="any", status=503)
    assert (await raw.get("connections")).status == 503


async def test_replies_in_a_response_count_as_resuming(
    emulator: Emulator, raw: aiohttp.ClientSession
) -> None:
    emulator.fault(on="resume", status=500)
    assert (await raw.post(RESPONSES, json={**HELPER, "input": "Hi"})).status == 200
    output = [{"type": "function_call_output", "call_id": "call_1", "output": ""}]
    assert (await raw.post(RESPONSES, json={**HELPER, "input": output})).status == 500
    assert emulator.runs_created == 2


@BOTH
async def test_a_hanging_request_is_given_up_by_its_client(
    emulator: Emulator, raw: aiohttp.ClientSession, path: str
) -> None:
    emulator.fault(hang=True)
    with anyio.move_on_after(0.1):
        await read(raw, path)
    await emulator.wait_for(lambda it: not it.busy_connections)
    assert (emulator.runs_created, emulator.runs_taken) == (1, 0)


@BOTH
async def test_a_disconnect_before_the_start_starts_nothing(
    emulator: Emulator, raw: aiohttp.ClientSession, path: str
) -> None:
    emulator.fault(disconnect=True)
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await read(raw, path)
    assert (emulator.runs_created, emulator.runs_taken) == (1, 0)


AFTER_START: list[dict[str, Any]] = [{"disconnect": True}, {"hang": True}, {"status": 504}]


@BOTH
@pytest.mark.parametrize("how", AFTER_START, ids=lambda how: next(iter(how)))
async def test_a_fault_after_the_start_lets_the_run_go_on(
    emulator: Emulator, raw: aiohttp.ClientSession, path: str, how: dict[str, Any]
) -> None:
    emulator.fault(**how, after_start=True)
    with anyio.move_on_after(0.2):
        try:
            async with raw.post(path, json=request(path, "Hi")) as response:
                assert response.status == 504
        except aiohttp.ServerDisconnectedError:
            assert "disconnect" in how
    assert await last_status(emulator, raw, path) == "completed"


@BOTH
async def test_a_delay_comes_before_anything_else(
    emulator: Emulator, raw: aiohttp.ClientSession, path: str
) -> None:
    emulator.fault(delay=30)
    with anyio.move_on_after(0.1):
        await read(raw, path)
    assert (emulator.runs_created, emulator.runs_taken) == (1, 0)


DROPS: list[dict[str, Any]] = [
    {"drop_after_bytes": 100},
    {"drop_after_events": 4},
    {"drop_in_event": 5},
    {"drop_in_utf8": True},
]


@BOTH
@pytest.mark.parametrize("drop", DROPS, ids=lambda drop: next(iter(drop)))
async def test_a_dropped_stream_lets_the_run_go_on(
    emulator: Emulator, raw: aiohttp.ClientSession, path: str, drop: dict[str, Any]
) -> None:
    emulator.fault(**drop)
    received = await read_broken(raw, path, "[say déjà vu]")
    if "drop_after_bytes" in drop:
        assert len(received) == 100
    elif "drop_after_events" in drop:
        assert received.count(b"\n\n") == 4
        assert received.endswith(b"\n\n")
    elif "drop_in_event" in drop:
        assert received.count(b"\n\n") == 4
        assert not received.endswith(b"\n\n")
    else:
        assert received.endswith("é".encode()[:1])
    assert await last_status(emulator, raw, path) == "completed"


@pytest.mark.parametrize(
    ("path", "event"), [(RESPONSES, "response.completed"), (CLASSIC, "thread.run.completed")]
)
async def test_a_stream_can_break_before_an_event(
    emulator: Emulator, raw: aiohttp.ClientSession, path: str, event: str
) -> None:
    emulator.fault(drop_before_event=event)
    received = await read_broken(raw, path)
    assert f"event: {event}\n".encode() not in received
    assert text_of(frames(received)).endswith("turn 1 of this conversation.")
    assert await last_status(emulator, raw, path) == "completed"


@BOTH
async def test_odd_framing_carries_the_same_text(
    emulator: Emulator, raw: aiohttp.ClientSession, path: str
) -> None:
    emulator.fault(chunk=7, crlf=True, comments=True)
    received = await read(raw, path, "[say déjà vu]")
    assert b": keep-alive\r\n\r\n" in received
    assert b"\n" not in received.replace(b"\r\n", b"")
    assert text_of(frames(received)) == "déjà vu"


@BOTH
async def test_one_event_can_be_very_big(
    emulator: Emulator, raw: aiohttp.ClientSession, path: str
) -> None:
    emulator.fault(big_event=1_000_000)
    received = await read(raw, path)
    assert max(len(line) for line in received.split(b"\n")) > 1_000_000
    assert text_of(frames(received)).startswith("I am")


@BOTH
async def test_one_event_can_be_malformed(
    emulator: Emulator, raw: aiohttp.ClientSession, path: str
) -> None:
    emulator.fault(malformed=True)
    events = frames(await read(raw, path))
    broken = [data for name, data in events if name != "done" and isinstance(data, str)]
    assert broken == ['{"delta": "half a']
    assert text_of(events).startswith("I am")


@BOTH
async def test_an_error_event_ends_the_stream_and_not_the_run(
    emulator: Emulator, raw: aiohttp.ClientSession, path: str
) -> None:
    emulator.fault(error_event=True, code="boom", message="It broke.")
    events = frames(await read(raw, path))
    name, data = events[-1]
    assert name == "error"
    assert (data if path == RESPONSES else data["error"])["code"] == "boom"
    assert await last_status(emulator, raw, path) == "completed"


@BOTH
@pytest.mark.parametrize("end", ["failed", "incomplete", "cancelled", "expired"])
async def test_a_run_can_end_otherwise_once_it_has_spoken(
    emulator: Emulator, raw: aiohttp.ClientSession, path: str, end: str
) -> None:
    emulator.fault(end=end, code="server_error", message="No more.", reason="content_filter")
    received = await read(raw, path)
    assert text_of(frames(received)).startswith("I am")
    expected = "failed" if path == RESPONSES and end == "expired" else end
    assert await last_status(emulator, raw, path) == expected


@BOTH
async def test_a_stream_can_fall_silent_with_its_connection_open(
    emulator: Emulator, raw: aiohttp.ClientSession, path: str
) -> None:
    emulator.fault(silence=3)
    received = b""
    with anyio.move_on_after(0.2):
        async with raw.post(path, json=request(path, "Hi")) as response:
            async for chunk in response.content.iter_any():
                received += chunk
    assert received.count(b"\n\n") == 3
    await emulator.wait_for(lambda it: not it.open_connections)
    assert await last_status(emulator, raw, path) == "completed"


@BOTH
async def test_a_silent_stream_can_keep_itself_alive(
    emulator: Emulator, raw: aiohttp.ClientSession, path: str
) -> None:
    emulator.fault(silence_comments=0.01)
    async with raw.post(path, json=request(path, "Hi")) as response:
        assert await response.content.readline() == b": keep-alive\n"


@BOTH
async def test_a_stream_can_be_slow(
    emulator: Emulator, raw: aiohttp.ClientSession, path: str
) -> None:
    emulator.fault(slow=0.001)
    assert text_of(frames(await read(raw, path, "[say Hello]"))) == "Hello"


async def test_an_unknown_word_is_named_with_those_that_are_known(emulator: Emulator) -> None:
    with pytest.raises(TypeError, match=r"unknown words in a fault: explode; known are after_"):
        emulator.fault(explode=True)


async def test_an_unknown_end_is_named_with_those_that_are_known(emulator: Emulator) -> None:
    with pytest.raises(ValueError, match="end='exploded' is none of failed, incomplete"):
        emulator.fault(end="exploded")


async def test_chance_draws_the_same_faults_for_the_same_seed(
    emulator: Emulator, raw: aiohttp.ClientSession
) -> None:
    seen: list[list[int]] = []
    for _ in range(2):
        emulator.random_faults(0.5, [Fault(status=500), Fault(status=503)], on="any", seed=7)
        seen.append([(await raw.get("connections")).status for _ in range(12)])
        emulator.clear_faults()
    assert seen[0] == seen[1]
    assert set(seen[0]) == {200, 500, 503}
    assert (await raw.get("connections")).status == 200


async def test_nothing_is_logged_whatever_goes_wrong(
    emulator: Emulator, raw: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for path in (RESPONSES, CLASSIC):
        emulator.fault(disconnect=True)
        emulator.fault(drop_after_events=1)
        for _ in range(2):
            with pytest.raises(BROKEN):
                await read(raw, path)
        with anyio.move_on_after(0.1):
            await read(raw, path, "[slow 60]")
        await emulator.wait_for(lambda it: not it.busy_connections)
    assert [record.message for record in caplog.records if record.name.startswith("aiohttp")] == []
