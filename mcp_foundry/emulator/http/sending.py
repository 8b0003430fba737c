"""Writing a run's events to a connection, with whatever is to go wrong on the way."""

import asyncio
import zlib
from contextlib import suppress

from aiohttp import web

from mcp_foundry.emulator.faults.injection import ConnectionDropped, StreamCutter, inject
from mcp_foundry.emulator.http.calls import RATE_HEADERS, Call, close_connection
from mcp_foundry.emulator.runs.stream import EventStream

STREAM_HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-cache",
    **RATE_HEADERS,
}
# A chunk begins with its length in hexadecimal digits, of which z is none.
NO_CHUNK = b"zz\r\nbroken\r\n"
# zlib's word for the gzip container with the largest window.
GZIP = 31


async def send_events(
    call: Call, stream: EventStream, start: int = 0, headers: dict[str, str] | None = None
) -> web.StreamResponse:
    """Send a stream from event number `start` on, until it ends or the fault strikes.

    It ends as well where the client went away, which the connection tells.
    """
    fault = call.fault
    all_headers = {**STREAM_HEADERS, **(headers or {})}
    if fault.content_type:
        all_headers["Content-Type"] = fault.content_type
    if fault.gzip:
        all_headers["Content-Encoding"] = "gzip"
    response = web.StreamResponse(headers=all_headers)
    await response.prepare(call.request)
    try:
        with suppress(ConnectionError):  # aiohttp would log it as a fault of the emulator's
            await _write_events(call, stream, start, response)
            await response.write_eof()
    except ConnectionDropped:
        if fault.broken_chunk and call.request.transport is not None:
            call.request.transport.write(NO_CHUNK)
        close_connection(call.request)
    return response


async def _write_events(
    call: Call, stream: EventStream, start: int, response: web.StreamResponse
) -> None:
    cutter = StreamCutter(call.fault)
    packed = zlib.compressobj(wbits=GZIP) if call.fault.gzip else None
    async for event in inject(stream.read(start), call.fault):
        data, dropped = (event, False) if cutter.idle else cutter.dress(event)
        if packed:
            # Flushed, so that a reader can have each event as soon as it has happened.
            data = packed.compress(data) + packed.flush(zlib.Z_SYNC_FLUSH)
        await _write(response, data, call.fault.chunk)
        if dropped:
            raise ConnectionDropped
    if packed:
        await response.write(packed.flush())


async def _write(response: web.StreamResponse, data: bytes, chunk: int) -> None:
    if not chunk:
        await response.write(data)
        return
    for at in range(0, len(data), chunk):
        await response.write(data[at : at + chunk])
        await asyncio.sleep(0)  # so that the reader really meets the pieces one by one
