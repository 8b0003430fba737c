"""What a fault does to a stream of events, and to the bytes of each."""

import asyncio
from collections.abc import AsyncIterator

from mcp_foundry.emulator.faults.fault import Fault
from mcp_foundry.emulator.wire.sse import sse
from mcp_foundry.emulator.wire.values import Json, encode

KEEP_ALIVE = b": keep-alive\n\n"
TEXT_EVENTS = (b"event: response.output_text.delta\n", b"event: thread.message.delta\n")
# Every byte from here on begins a character of several bytes in UTF-8.
FIRST_WIDE_BYTE = 0xC0


class ConnectionDropped(Exception):  # noqa: N818 - no error: the fault asked for it
    """The connection is to be closed here."""


async def inject(events: AsyncIterator[bytes], fault: Fault) -> AsyncIterator[bytes]:
    """The events as the fault would have them: late, malformed, cut short, or silent.

    Raises:
        ConnectionDropped: The fault says that the connection ends here.
    """
    count = 0
    spoken = False
    silence = 0 if fault.silence is None and fault.silence_comments else fault.silence
    async for event in events:
        if count == silence:
            break
        if fault.drop_before_event and _name(event) == fault.drop_before_event:
            raise ConnectionDropped
        if fault.slow:
            await asyncio.sleep(fault.slow)
        if fault.malformed and not spoken and event.startswith(TEXT_EVENTS):
            yield sse(_name(event), '{"delta": "half a')
        yield event
        count += 1
        spoken = spoken or event.startswith(TEXT_EVENTS)
        if fault.error_event and spoken:
            yield _error_event(fault, event)
            return
        if count == fault.drop_after_events:
            raise ConnectionDropped
    else:
        return
    async for comment in _keep_silent(fault.silence_comments):
        yield comment


async def _keep_silent(interval: float) -> AsyncIterator[bytes]:
    while interval:
        await asyncio.sleep(interval)
        yield KEEP_ALIVE
    await asyncio.Event().wait()


def _name(event: bytes) -> str:
    return event.partition(b"\n")[0].removeprefix(b"event: ").decode()


def _error_event(fault: Fault, event: bytes) -> bytes:
    code = fault.code or "server_error"
    message = fault.message or "The emulator was told to break the stream."
    data: Json = {"type": "error", "code": code, "message": message, "param": None}
    if event.startswith(b"event: thread."):
        data = {"error": {**data, "type": code}}
    else:
        data["sequence_number"] = 0
    return sse("error", encode(data))


class StreamCutter:
    """Dresses events in comments and CRLF, and cuts the stream where the fault says."""

    def __init__(self, fault: Fault) -> None:
        self._fault = fault
        self._bytes = 0
        self._events = 0
        self.idle = not (
            fault.crlf
            or fault.comments
            or fault.drop_in_event
            or fault.drop_in_utf8
            or fault.drop_after_bytes is not None
        )

    def dress(self, event: bytes) -> tuple[bytes, bool]:
        """The bytes to send for an event, and whether the connection ends behind them."""
        self._events += 1
        is_text = event.startswith(TEXT_EVENTS)
        if self._fault.comments:
            event = KEEP_ALIVE + event
        if self._fault.crlf:
            event = event.replace(b"\n", b"\r\n")
        cut = self._cut(event, is_text)
        self._bytes += len(event)
        return (event, False) if cut is None else (event[:cut], True)

    def _cut(self, event: bytes, is_text: bool) -> int | None:
        fault = self._fault
        if fault.drop_in_event == self._events:
            return len(event) // 2
        if fault.drop_in_utf8 and is_text:
            wide = (at for at, byte in enumerate(event) if byte >= FIRST_WIDE_BYTE)
            if (first := next(wide, None)) is not None:
                return first + 1
        if fault.drop_after_bytes is not None:
            left = fault.drop_after_bytes - self._bytes
            return left if left <= len(event) else None
        return None
