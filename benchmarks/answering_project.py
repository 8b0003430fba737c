"""A project that answers every question alike and keeps nothing, so that very many are quick."""

from __future__ import annotations

import json
import sys
from itertools import count
from typing import Any

import anyio
from aiohttp import web

Json = dict[str, Any]
_TEXT = "An answer of a few words."


async def serve() -> None:
    """Serve until ended; the endpoint is the one line on stdout."""
    numbers = count(1)

    async def answer(request: web.Request) -> web.Response:
        await request.read()
        stream = _stream(f"resp_{next(numbers):048x}")
        return web.Response(body=stream, headers={"Content-Type": "text/event-stream"})

    application = web.Application()
    application.router.add_post("/api/projects/answering/openai/v1/responses", answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    sys.stdout.write(f"http://127.0.0.1:{runner.addresses[0][1]}/api/projects/answering\n")
    sys.stdout.flush()
    await anyio.sleep_forever()


def _stream(response_id: str) -> bytes:
    part: Json = {"type": "output_text", "text": _TEXT, "annotations": []}
    item: Json = {"type": "message", "id": "msg_1", "role": "assistant", "content": [part]}
    agent: Json = {"type": "agent_reference", "name": "helper", "version": "1"}
    response: Json = {"id": response_id, "object": "response", "agent_reference": agent}
    usage: Json = {"input_tokens": 10, "output_tokens": 6, "total_tokens": 16}
    ended: Json = response | {"status": "completed", "output": [item], "usage": usage}
    events: list[Json] = [
        {"type": "response.created", "response": response | {"status": "in_progress"}},
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": "response.completed", "response": ended},
    ]
    return b"".join(
        b"event: %s\ndata: %s\n\n"
        % (event["type"].encode(), json.dumps(event | {"sequence_number": number}).encode())
        for number, event in enumerate(events)
    )


if __name__ == "__main__":
    anyio.run(serve)
