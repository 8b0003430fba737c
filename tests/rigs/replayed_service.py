"""A service that answers a question with one stream of events, whole or harmed, and has the run.

Its runs are those of the recordings: `recorded_runs` makes each into a stream and what GET answers.
"""

from __future__ import annotations

import asyncio
import json
import re
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING, Any, cast

from mcp_foundry.agents.question import CORRELATION
from mcp_foundry.contract.json import objects_in
from tests.rigs.raw_service import reply
from tests.rigs.shapes import RECORDINGS, events, load

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator

Json = dict[str, Any]
Event = tuple[str, Any]
CHUNKED = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
)
LAST_CHUNK = b"0\r\n\r\n"


@dataclass(frozen=True)
class RecordedRun:
    """One run of the real service.

    Attributes:
        name: Where it was recorded.
        events: Its stream.
        body: The response, or the classic run, at its end.
        messages: What a classic run wrote.
    """

    name: str
    events: list[Event]
    body: Json
    messages: list[Json] = field(default_factory=list[Json])

    @property
    def classic(self) -> bool:
        """Whether it is a run of the classic generation."""
        return "thread_id" in self.body


def recorded_runs() -> Iterator[RecordedRun]:
    """Every run of the recordings that came to an end."""
    for path in sorted(RECORDINGS.glob("*.json")):
        for number, entry in enumerate(load(path.stem)):
            body: Any = entry["ResponseBody"]
            name = f"{path.stem}-{number}"
            if isinstance(body, list) and (run := _of_stream(name, events(cast("Any", body)))):
                yield run
            elif isinstance(body, dict) and cast("Json", body).get("object") == "response":
                yield RecordedRun(name, _stream_of(cast("Json", body)), cast("Json", body))


def _of_stream(name: str, stream: list[Event]) -> RecordedRun | None:
    for ending, data in reversed(stream):
        if re.fullmatch(r"response\.(completed|incomplete)", ending):
            return RecordedRun(name, stream, data["response"])
        if re.fullmatch(r"thread\.run\.(completed|requires_action)", ending):
            messages = [each for kind, each in stream if kind == "thread.message.completed"]
            return RecordedRun(name, stream, data, messages)
    return None


def _stream_of(response: Json) -> list[Event]:
    """The events with which a response would have come that was recorded without any."""
    numbers = count()

    def event(name: str, **fields: object) -> Event:
        return name, {"type": name, **fields, "sequence_number": next(numbers)}

    begun: Json = {**response, "status": "in_progress", "output": [], "background": True}
    told = [event(f"response.{name}", response=begun) for name in ("created", "in_progress")]
    for index, item in enumerate(response["output"]):
        told.append(event("response.output_item.added", output_index=index, item=item))
        for part in objects_in(item.get("content")):
            place = {"item_id": item["id"], "output_index": index, "content_index": 0}
            pieces: list[str] = re.findall(r"(?s).{1,40}", part.get("text") or "")
            told += [event("response.output_text.delta", **place, delta=each) for each in pieces]
        told.append(event("response.output_item.done", output_index=index, item=item))
    return [*told, event("response.completed", response=response)]


def as_bytes(event: Event) -> bytes:
    """One event as the service frames it."""
    name, data = event
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    return f"event: {name}\ndata: {text}\n\n".encode()


def as_chunk(data: bytes) -> bytes:
    """One chunk of a reply."""
    return b"%x\r\n%s\r\n" % (len(data), data) if data else b""


class ReplayedService:
    """What it answers a question with, and how often it was asked."""

    def __init__(self) -> None:
        self.port = 0
        self.questions = 0
        self._run: RecordedRun | None = None
        self._stream = b""
        self._resumable = True

    @property
    def endpoint(self) -> str:
        """The project endpoint to give to a client."""
        return f"http://127.0.0.1:{self.port}/api/projects/replayed"

    def play(self, run: RecordedRun, stream: bytes, *, resumable: bool) -> None:
        """Answer the next questions with these bytes, which may break off."""
        self.questions = 0
        self._run, self._stream, self._resumable = run, stream, resumable

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        try:
            while head := (await reader.readuntil(b"\r\n\r\n")).decode():
                length = re.search(r"(?i)content-length: *(\d+)", head)
                body = await reader.readexactly(int(length[1]) if length else 0)
                said = self._answer_to(head.split(" ")[0], head.split(" ")[1], body)
                writer.write(said)
                await writer.drain()
                if said.startswith(CHUNKED) and not said.endswith(LAST_CHUNK):
                    return  # the stream breaks off
        except (OSError, asyncio.IncompleteReadError):
            pass  # the client went away
        finally:
            writer.close()

    def _answer_to(self, method: str, path: str, body: bytes) -> bytes:
        run = self._run
        if run is None:
            return reply("{}", status="404 Not Found")
        if method == "POST" and "/cancel" not in path:
            self.questions += 1
            marked = {CORRELATION: json.loads(body).get("metadata", {}).get(CORRELATION)}
            # As the service keeps it with the run, for those who look for it.
            self._run = replace(run, body={**run.body, "metadata": marked})
            return CHUNKED + self._stream
        return self._read(run, path)

    def _read(self, run: RecordedRun, path: str) -> bytes:
        listed = reply(json.dumps({"data": [run.body], "has_more": False}))
        if "/messages" in path:
            return reply(json.dumps({"data": run.messages, "has_more": False}))
        if "stream=true" in path:
            return self._resume(run, path)
        if re.search(r"/(responses|runs)\?", path):
            return listed
        if f"/{run.body['id']}" in path:
            return reply(json.dumps(run.body))
        return reply('{"error": {"message": "Not found."}}', status="404 Not Found")

    def _resume(self, run: RecordedRun, path: str) -> bytes:
        if not self._resumable:
            error = {"error": {"message": "This response can no longer be streamed."}}
            return reply(json.dumps(error), status="400 Bad Request")
        after = re.search(r"starting_after=(\d+)", path)
        known = int(after[1]) if after else -1
        left = [each for each in run.events if each[1]["sequence_number"] > known]
        return CHUNKED + b"".join(as_chunk(as_bytes(each)) for each in left) + LAST_CHUNK


@asynccontextmanager
async def replayed_service() -> AsyncGenerator[ReplayedService]:
    """A service on a free port of this machine."""
    service = ReplayedService()
    server = await asyncio.start_server(service.answer, "127.0.0.1", 0)
    async with server:
        service.port = server.sockets[0].getsockname()[1]
        yield service
