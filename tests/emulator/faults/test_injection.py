"""What goes wrong with a stream, when it is told to."""

from typing import Any

import aiohttp
import anyio
import pytest

from mcp_foundry.emulator import Emulator
from tests.rigs.asking_raw import (
    BOTH,
    CLASSIC,
    RESPONSES,
    last_status,
    read,
    read_broken,
    request,
    text_of,
)
from tests.rigs.frames import frames

pytestmark = pytest.mark.anyio


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
    received = await read_broken(raw, path, "[say so déjà vu]", background=True)
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
    async with raw.post(path, json=request(path, "Hi")) as response:
        while received.count(b"\n\n") < 3:
            received += await response.content.readany()
        await emulator.wait_for(lambda it: it.runs_taken and not it.live)
        with anyio.move_on_after(0.05):
            pytest.fail(f"and yet there came {await response.content.readany()!r}")
        assert emulator.busy_connections == 1
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
