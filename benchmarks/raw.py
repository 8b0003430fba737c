"""The baselines of a question and of a file: plain aiohttp, in a process of its own.

Reads one line of JSON for each lot of streamed requests and writes one line on how long it took;
for each file, and writes one line that holds it.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from base64 import b64encode
from typing import Any

import aiohttp

Json = dict[str, Any]
_HEADERS = {"Authorization": "Bearer emulator", "Accept": "text/event-stream"}
# What an event that carries text says, in either generation.
_TEXT = (b"output_text.delta", b"thread.message.delta")


async def serve() -> None:
    """Do what the lines of stdin say until it ends."""
    async with aiohttp.ClientSession(
        headers=_HEADERS, connector=aiohttp.TCPConnector(limit=0)
    ) as http:
        while line := await asyncio.to_thread(sys.stdin.readline):
            order = json.loads(line)
            if "url" in order:
                report = await _download(http, order["url"])
            else:
                report = json.dumps(await _lot(http, **order)).encode()
            sys.stdout.buffer.write(report)
            sys.stdout.buffer.write(b"\n")
            sys.stdout.buffer.flush()


async def _lot(
    http: aiohttp.ClientSession, requests: list[tuple[str, Json]], *, at_once: int, parse: bool
) -> Json:
    slots = asyncio.Semaphore(at_once)
    begun = time.perf_counter()

    async def one(url: str, body: Json) -> float:
        async with slots, http.post(url, json=body) as response:
            response.raise_for_status()
            return await _read(response, parse=parse)

    first = await asyncio.gather(*(one(url, body) for url, body in requests))
    return {"seconds": time.perf_counter() - begun, "first": min(first) - begun}


async def _download(http: aiohttp.ClientSession, url: str) -> bytes:
    async with http.get(url) as response:
        response.raise_for_status()
        # base64 needs no escapes: no encoder of JSON is faster than this.
        return b'{"data":"%s"}' % b64encode(await response.read())


async def _read(response: aiohttp.ClientResponse, *, parse: bool) -> float:
    """Read a stream to its end; return when its first token came."""
    first, unread = 0.0, b""
    async for chunk in response.content.iter_any():
        if not first and any(text in chunk for text in _TEXT):
            first = time.perf_counter()
        if parse:
            *events, unread = (unread + chunk).split(b"\n\n")
            for event in events:
                data = event.partition(b"data: ")[2]
                if data != b"[DONE]":
                    json.loads(data)
    return first or time.perf_counter()


if __name__ == "__main__":
    asyncio.run(serve())
