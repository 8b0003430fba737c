"""Writing a run's events to a connection, with whatever is to go wrong on the way."""

import asyncio

from aiohttp import web

from mcp_foundry.emulator.faults.injection import ConnectionDropped, StreamCutter, inject
from mcp_foundry.emulator.http.calls import RATE_HEADERS, Call, close_connection
from mcp_foundry.emulator.runs.stream import EventStream

STREAM_HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-cache",
    **RATE_HEADERS,
}


async def send_events(
    call: Call, stream: EventStream, start: int = 0, headers: dict[str, str] | None = None
) -> web.StreamResponse:
    """Send a stream from event number `start` on, until it ends or the fault strikes.

    Raises:
        ConnectionError: The client went away.
    """
    response = web.StreamResponse(headers={**STREAM_HEADERS, **(headers or {})})
    await response.prepare(call.request)
    try:
        await _write_events(call, stream, start, response)
        await response.write_eof()
    except ConnectionDropped:
        close_connection(call.request)
    return response


async def _write_events(
    call: Call, stream: EventStream, start: int, response: web.StreamResponse
) -> None:
    cutter = StreamCutter(call.fault)
    async for event in inject(stream.read(start), call.fault):
        data, dropped = (event, False) if cutter.idle else cutter.dress(event)
        await _write(response, data, call.fault.chunk)
        if dropped:
            raise ConnectionDropped


async def _write(response: web.StreamResponse, data: bytes, chunk: int) -> None:
    if not chunk:
        await response.write(data)
        return
    for at in range(0, len(data), chunk):
        await response.write(data[at : at + chunk])
        await asyncio.sleep(0)  # so that the reader really meets the pieces one by one
