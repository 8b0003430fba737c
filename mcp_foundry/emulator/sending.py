"""Writing a run's events to a connection, with whatever is to go wrong on the way."""

import asyncio
from collections.abc import AsyncIterator

from aiohttp import web

from mcp_foundry.emulator.calls import RATE_HEADERS, Call, close_connection
from mcp_foundry.emulator.faults import Fault
from mcp_foundry.emulator.streams import EventStream, sse
from mcp_foundry.emulator.wire import Json, encode

KEEP_ALIVE = b": keep-alive\n\n"
STREAM_HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-cache",
    **RATE_HEADERS,
}


class Dropped(Exception):  # noqa: N818 - not an error: the fault asked for it
    """The connection is to be closed here."""


async def send_events(call: Call, stream: EventStream, start: int = 0) -> web.StreamResponse:
    """Send a stream from event number `start` on, until it ends or the fault strikes."""
    response = web.StreamResponse(headers=STREAM_HEADERS)
    await response.prepare(call.request)
    wire = Wire(response, call.fault)
    try:
        async for event in spoil(stream.read(start), call.fault):
            await wire.send(event)
        await response.write_eof()
    except Dropped:
        close_connection(call.request)
    return response


async def spoil(events: AsyncIterator[bytes], fault: Fault) -> AsyncIterator[bytes]:
    """The events as the fault would have them: late, malformed, cut short, or silent."""
    count = 0
    spoken = False
    async for event in events:
        if fault.silence_comments and fault.silence is None:
            break
        if count == fault.silence:
            break
        if fault.drop_before_event and _name(event) == fault.drop_before_event:
            raise Dropped
        if fault.slow:
            await asyncio.sleep(fault.slow)
        if fault.malformed and not spoken and _is_text(event):
            yield b"event: " + _name(event).encode() + b'\ndata: {"delta": "half a\n\n'
        yield event
        count += 1
        spoken = spoken or _is_text(event)
        if fault.error_event and spoken:
            yield _error_event(fault, event)
            return
        if count == fault.drop_after_events:
            raise Dropped
    else:
        return
    while True:
        await asyncio.sleep(fault.silence_comments or 3600)
        yield KEEP_ALIVE


def _name(event: bytes) -> str:
    return event.partition(b"\n")[0].removeprefix(b"event: ").decode()


def _is_text(event: bytes) -> bool:
    return event.startswith((b"event: response.output_text.delta", b"event: thread.message.delta"))


def _error_event(fault: Fault, event: bytes) -> bytes:
    code = fault.code or "server_error"
    message = fault.message or "The emulator was told to break the stream."
    if event.startswith(b"event: thread."):
        data: Json = {"error": {"code": code, "message": message, "param": None, "type": code}}
    else:
        data = {"type": "error", "code": code, "message": message, "param": None}
        data["sequence_number"] = 0
    return sse("error", encode(data))


class Wire:
    """The bytes of one streamed reply."""

    def __init__(self, response: web.StreamResponse, fault: Fault) -> None:
        self._response = response
        self._fault = fault
        self._bytes = 0
        self._events = 0
        self._plain = not (
            fault.crlf
            or fault.comments
            or fault.chunk
            or fault.drop_in_event
            or fault.drop_in_utf8
            or fault.drop_after_bytes is not None
        )

    async def send(self, event: bytes) -> None:
        """Write one event.

        Raises:
            Dropped: The fault says that the connection ends here.
        """
        if self._plain:
            await self._response.write(event)
            return
        self._events += 1
        if self._fault.comments:
            event = KEEP_ALIVE + event
        if self._fault.crlf:
            event = event.replace(b"\n", b"\r\n")
        cut = self._cut(event)
        await self._write(event if cut is None else event[:cut])
        if cut is not None:
            raise Dropped
        self._bytes += len(event)

    def _cut(self, event: bytes) -> int | None:
        fault = self._fault
        if fault.drop_in_event == self._events:
            return len(event) // 2
        if fault.drop_in_utf8 and _is_text(event):
            wide = next((at for at, byte in enumerate(event) if byte >= 0xC0), None)
            if wide is not None:
                return wide + 1
        if fault.drop_after_bytes is not None:
            left = fault.drop_after_bytes - self._bytes
            return left if left <= len(event) else None
        return None

    async def _write(self, data: bytes) -> None:
        size = self._fault.chunk or len(data) or 1
        for at in range(0, len(data), size):
            await self._response.write(data[at : at + size])
            if self._fault.chunk:
                await asyncio.sleep(0)
