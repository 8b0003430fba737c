"""A model behind the Messages API, on loopback: it makes the calls that a test names, in order.

Hosts that speak that API take its address from `ANTHROPIC_BASE_URL`. What they send is kept, so
that a test sees what a model would see.
"""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

Json = dict[str, Any]
Call = tuple[str, Json]


class MessagesApi:
    """Answers each turn that offers the tools with the next call, then with a word.

    Attributes:
        results: The content of each tool result that came, in order.
    """

    def __init__(self, calls: Sequence[Call]) -> None:
        self.results: list[Any] = []
        self._calls = list(calls)
        self._lock = threading.Lock()

    def answer(self, request: Json) -> Json:
        """Return the content block that answers a request."""
        with self._lock:
            tools: list[Json] = request.get("tools") or []
            offered = {str(tool.get("name")) for tool in tools}
            if not self._calls and not self.results and not offered:
                return _text("ok")
            self._note(request.get("messages") or [])
            if self._calls and self._calls[0][0] in offered:
                name, arguments = self._calls.pop(0)
                identifier = f"toolu_{len(self._calls)}"
                return {"type": "tool_use", "id": identifier, "name": name, "input": arguments}
            return _text("Done.")

    def _note(self, messages: list[Json]) -> None:
        found = [
            block["content"]
            for message in messages
            if isinstance(message.get("content"), list)
            for block in message["content"]
            if block.get("type") == "tool_result"
        ]
        if len(found) > len(self.results):
            self.results = found


def _text(said: str) -> Json:
    return {"type": "text", "text": said}


def events_of(block: Json) -> list[tuple[str, Json]]:
    """Return a message of one block as the API streams it."""
    calls = block["type"] == "tool_use"
    usage = {"input_tokens": 1, "output_tokens": 1}
    message: Json = {"id": "msg_1", "type": "message", "role": "assistant", "model": "scripted"}
    message |= {"content": [], "stop_reason": None, "stop_sequence": None, "usage": usage}
    empty: Json = {"input": {}} if calls else {"text": ""}
    begun: Json = {**block, **empty}
    delta = (
        {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
        if calls
        else {"type": "text_delta", "text": block["text"]}
    )
    ended = {"stop_reason": "tool_use" if calls else "end_turn", "stop_sequence": None}
    return [
        ("message_start", {"message": message}),
        ("content_block_start", {"index": 0, "content_block": begun}),
        ("content_block_delta", {"index": 0, "delta": delta}),
        ("content_block_stop", {"index": 0}),
        ("message_delta", {"delta": ended, "usage": usage}),
        ("message_stop", {}),
    ]


@contextmanager
def messages_api(api: MessagesApi) -> Generator[str]:
    """Serve the API, and yield its address."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401 - as the base has it
            """Say nothing."""

        def do_GET(self) -> None:
            self._send(404, "application/json", b"{}")

        def do_HEAD(self) -> None:
            self._send(200, "application/json", b"")

        def do_POST(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            request: Json = json.loads(self.rfile.read(size) or b"{}")
            if not self.path.partition("?")[0].endswith("/messages"):
                self._send(200, "application/json", b'{"input_tokens": 1}')
                return
            block = api.answer(request)
            if request.get("stream"):
                told = "".join(
                    f"event: {name}\ndata: {json.dumps({'type': name, **data})}\n\n"
                    for name, data in events_of(block)
                )
                self._send(200, "text/event-stream", told.encode())
                return
            message: Json = events_of(block)[0][1]["message"]
            whole = {**message, "content": [block], "stop_reason": "end_turn"}
            self._send(200, "application/json", json.dumps(whole).encode())

        def _send(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
