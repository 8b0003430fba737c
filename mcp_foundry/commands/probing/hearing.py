"""A response's stream, event by event, with only those fields that a probe asks about."""

from __future__ import annotations

import time
from collections import deque
from json import JSONDecodeError, loads
from typing import TYPE_CHECKING, cast

from mcp_foundry.agents.sse import EventCutter, event_of
from mcp_foundry.contract.json import Json, count_in, object_in, objects_in, text_in
from mcp_foundry.service.explain import explain

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from mcp_foundry.agents.sse import Event

_ENDS = frozenset({"completed", "failed", "incomplete", "cancelled"})


class Heard:
    """What a stream said so far.

    Attributes:
        names: The types of its events.
        numbers: Their sequence numbers, of those that have one.
        text: The text that was streamed.
        first_token: Seconds from the request to the first of it; None before.
        response: The response as its events showed it last.
        background: What `response.created` said of `background`.
        items: The output items that are done.
        error: The code of an `error` event, or of the response's own failure.
    """

    def __init__(self) -> None:
        self.names: list[str] = []
        self.numbers: list[int] = []
        self.text = ""
        self.first_token: float | None = None
        self.response: Json = {}
        self.background: object = None
        self.items: list[Json] = []
        self.error = ""
        self._begun = time.monotonic()

    @property
    def id(self) -> str:
        """The response's id; empty before it came."""
        return text_in(self.response.get("id"))

    @property
    def status(self) -> str:
        """The response's status; empty where none was told."""
        return text_in(self.response.get("status"))

    @property
    def version(self) -> str:
        """The version of the agent that answers; empty where it is not told."""
        return text_in(object_in(self.response.get("agent_reference")).get("version"))

    @property
    def ended(self) -> bool:
        """Whether the stream told of the response's end."""
        return self.status in _ENDS

    def take(self, event: Event) -> None:
        """Note one event; what is no JSON object is noted as such."""
        try:
            data: object = loads(event.data)
        except (JSONDecodeError, RecursionError, UnicodeDecodeError):
            data = None
        if not isinstance(data, dict):
            if event.data and event.data != b"[DONE]":
                self.names.append("(no JSON object)")
            return
        fields = cast("Json", data)
        kind = text_in(fields.get("type")) or event.name.decode(errors="replace")
        self.names.append(kind)
        number = count_in(fields.get("sequence_number"))
        self.numbers += [] if number is None else [number]
        if response := object_in(fields.get("response")):
            if not self.response:
                self.background = response.get("background")
            self.response = response
            self.error = text_in(object_in(response.get("error")).get("code")) or self.error
        if kind == "response.output_text.delta":
            if self.first_token is None:
                self.first_token = time.monotonic() - self._begun
            self.text += text_in(fields.get("delta"))
        elif kind == "response.output_item.done":
            self.items.append(object_in(fields.get("item")))
        elif kind == "error":
            self.error = text_in(object_in(fields.get("error")).get("code")) or text_in(
                fields.get("code")
            )

    def item(self, kind: str) -> Json:
        """Return the first output item of a kind; an empty one where there is none."""
        items = [*self.items, *objects_in(self.response.get("output"))]
        nothing: Json = {}
        return next((item for item in items if item.get("type") == kind), nothing)


class Stream:
    """A stream under way.

    Attributes:
        heard: What it said so far; the time of its first token is counted from here.
    """

    def __init__(self) -> None:
        self.heard = Heard()
        self._cutter = EventCutter()
        self._waiting: deque[bytes] = deque()
        self._chunks: AsyncIterator[bytes] | None = None

    def opened(self, chunks: AsyncIterator[bytes]) -> None:
        """Go on with the bytes of the reply."""
        self._chunks = chunks

    async def until(self, enough: Callable[[Heard], object]) -> bool:
        """Read events until there is enough; False where the stream ended before.

        Raises:
            FoundryError: The stream broke.
        """
        while True:
            while self._waiting:
                self.heard.take(event_of(self._waiting.popleft()))
                if enough(self.heard):
                    return True
            if self._chunks is None:
                return False
            try:
                self._waiting.extend(self._cutter.feed(await anext(self._chunks)))
            except StopAsyncIteration:
                return False
            except Exception as broken:
                raise explain(broken, "the stream") from broken

    async def to_the_end(self) -> Heard:
        """Read the rest, and return all of it.

        Raises:
            FoundryError: The stream broke.
        """
        await self.until(lambda _: False)
        return self.heard
