"""A small OpenAI-compatible server, for `--model-url`."""

import json
from typing import Any

from aiohttp import web


class ChatServer:
    """Answers chat completions with the lines it was given, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.lines: list[str] = []
        self.status = 200
        self.url = ""

    def say(self, *pieces: str) -> None:
        chunks = [json.dumps({"choices": [{"delta": {"content": piece}}]}) for piece in pieces]
        self.lines = [*chunks, '{"choices": []}', "[DONE]"]

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(await request.json())
        body = ": comment\n\n" + "".join(f"data: {line}\n\n" for line in self.lines)
        return web.Response(status=self.status, text=body, content_type="text/event-stream")
