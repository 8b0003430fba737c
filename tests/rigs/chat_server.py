"""An OpenAI-compatible server that says what a test wants, and keeps what it was asked."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web


class ChatServer:
    """Answers chat completions with the lines it was given, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.lines: list[str] = []
        self.status = 200
        self.url = ""

    def say(self, *pieces: str, finish: str = "stop") -> None:
        self.stream(*({"content": piece} for piece in pieces), finish=finish)

    def stream(self, *deltas: dict[str, Any], finish: str = "stop") -> None:
        chunks = [json.dumps({"choices": [{"delta": delta}]}) for delta in deltas]
        end = json.dumps({"choices": [{"delta": {}, "finish_reason": finish}]})
        self.lines = [*chunks, end, '{"choices": []}', "[DONE]"]

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(await request.json())
        body = ": comment\n\n" + "".join(f"data: {line}\n\n" for line in self.lines)
        return web.Response(status=self.status, text=body, content_type="text/event-stream")


@pytest.fixture
async def chat() -> AsyncIterator[ChatServer]:
    server = ChatServer()
    app = web.Application()
    app.router.add_post("/v1/chat/completions", server.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield server
    await runner.cleanup()
