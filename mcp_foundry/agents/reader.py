"""A run's stream as it is read: what its events say, decoded as far as somebody wants to know."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from contextlib import suppress
from json import loads
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any, ClassVar, cast

from pydantic_core import from_json

from mcp_foundry.agents.citations import MarkerNumbers
from mcp_foundry.agents.sse import event_of
from mcp_foundry.contract.answers import Answer, Error

if TYPE_CHECKING:
    from mcp_foundry.agents.question import Question, RunIds
    from mcp_foundry.contract.answers import GenerationName, Status
    from mcp_foundry.contract.errors import FoundryError

# What is kept undecoded is bounded, so that one catching up never blocks the loop for long.
_UNREAD_BYTES = 1024 * 1024
# Outputs of tools travel in the same events as their names; nobody reads one this large.
_ACTIVITY_BYTES = 64 * 1024
_SEQUENCE = re.compile(rb'"sequence_number"\s*:\s*(\d{1,12})')
# What reading an event of a shape that nobody knew may raise; such an event says nothing.
UNREADABLE = (ValueError, KeyError, TypeError, IndexError, AttributeError)


class RunReader(ABC):
    """One run's stream, taken as it comes and decoded as far as somebody reads it.

    Attributes:
        ids: Set once the service named the run.
        conversation_id: Where the run will be, if that is known before the run's own id.
        outcome: The answer or the failure, set by the event that ends the run.
        unsure: Whether that event could not be read whole, so that the service has to be asked.
        broken: What an `error` event said; the run itself may have ended well.
        in_background: Whether the run goes on without its connection; None until that is known.
        draft: How often the text began anew, because the service had to do it again.
        activities: Lines on what the agent did beside writing. Up to date after `catch_up`.
        model: Which one answered, where that was told.
        tool_calls: How many the agent made itself, as far as that was told.
        first_text: When its first words came, in nanoseconds of `perf_counter_ns`; 0 before.
    """

    generation: ClassVar[GenerationName]
    # Events that bring text or activity: kept as bytes until `catch_up`.
    token_event: ClassVar[bytes]
    text_events: ClassVar[frozenset[bytes]]
    activity_events: ClassVar[frozenset[bytes]]

    def __init__(self, question: Question) -> None:
        self.question = question
        self.ids: RunIds | None = None
        self.conversation_id = question.conversation_id
        self.outcome: Answer | FoundryError | None = None
        self.unsure = False
        self.broken: FoundryError | None = None
        self.in_background: bool | None = None
        self.draft = 0
        self.activities: list[str] = []
        self.model = ""
        self.tool_calls = 0
        self.first_text = 0
        self._text = ""
        self._pieces: list[str] = []
        self._message = ""
        self._markers = MarkerNumbers()
        self._unread: list[bytes] = []
        self._unread_bytes = 0
        self._newest = b""
        self._text_lines = tuple(b"event: %s\n" % name for name in self.text_events)

    @property
    def ended(self) -> bool:
        """Whether nothing more is to be expected of the stream."""
        return self.outcome is not None

    @property
    def heard(self) -> bool:
        """Whether the stream said anything at all."""
        return bool(self._newest)

    @property
    def sequence(self) -> int | None:
        """The number of the newest event, where the service numbers them."""
        found = _SEQUENCE.findall(self._newest)
        return int(found[-1]) if found else None

    @property
    def text(self) -> str:
        """What it wrote so far. Up to date after `catch_up`."""
        if self._pieces:
            self._text += "".join(self._pieces)
            self._pieces.clear()
        return self._text

    @text.setter
    def text(self, text: str) -> None:
        self._pieces.clear()
        self._text = text

    def answer_so_far(self, status: Status, reason: str = "") -> Answer:
        """Return what there is of the answer, and what an `error` event said of the run."""
        self.catch_up()
        return Answer(
            status=status,
            text=self.text,
            agent=self.ids.agent if self.ids else self.question.agent,
            generation=self.generation,
            conversation_id=self.ids.conversation_id if self.ids else "",
            answer_id=self.ids.answer_id if self.ids else "",
            incomplete_reason=reason,
            error=Error.of(self.broken) if self.broken else None,
        )

    def take(self, events: list[bytes]) -> None:
        """Take whole events of the stream, as an `EventCutter` of `token_event` cuts them.

        Nothing that they hold raises: what cannot be read says nothing. Behind the event that ends
        the run nothing counts, however the stream is cut into chunks.
        """
        # A token that nobody reads costs no more than this comparison.
        if self.ended:
            return
        text, told = self._text_lines, list[bytes]()
        for lines in events:
            if lines.startswith(text):
                told.append(lines)
                continue
            self._wrote(told)
            told = []
            self._take_one(lines)
            if self.ended:
                return
        self._wrote(told)

    def _take_one(self, lines: bytes) -> None:
        name, data = event_of(lines)
        if not data:
            return  # a comment
        self._newest = lines
        name = name or _type_within(data)
        if name in self.text_events:
            self._wrote([lines])
            return
        if name in self.activity_events:
            self._defer([lines])
            return
        with suppress(*UNREADABLE):
            self.handle(name, data)

    def _wrote(self, events: list[bytes]) -> None:
        if events and not self.first_text:
            self.first_text = perf_counter_ns()
        self._defer(events)

    def _defer(self, events: list[bytes]) -> None:
        if not events:
            return
        self._newest = events[-1]
        self._unread += events
        self._unread_bytes += sum(map(len, events))
        if self._unread_bytes > _UNREAD_BYTES:
            self.catch_up()

    def catch_up(self) -> None:
        """Decode what was taken; an event that cannot be decoded says nothing.

        Once the answer is there it has the text, and only what the agent did is still decoded.
        """
        unread, self._unread, self._unread_bytes = self._unread, [], 0
        for piece in unread:
            if self.outcome is not None and piece.startswith(self._text_lines):
                continue
            for lines in piece.split(b"\n\n"):
                name, data = event_of(lines)
                with suppress(*UNREADABLE):
                    self.decode(name or _type_within(data), data)

    def add_text(self, message: str, piece: str) -> None:
        """Append a piece of the message with that id to the text."""
        if message != self._message:
            self._pieces.append(self._markers.flush() + ("\n\n" if self.text else ""))
            self._message = message
        self._pieces.append(self._markers.feed(piece))

    def _streamed(self) -> str:
        self.catch_up()
        return self.text

    def begin_anew(self, text: str) -> None:
        """Put `text` in the place of what was written so far."""
        self.catch_up()
        self.text, self._message, self._markers = text, "", MarkerNumbers()
        self.draft += 1

    def add_activity(self, activity: str, size: int = 0) -> None:
        """Note what the agent does; `size` is that of the event that says so, in bytes."""
        if activity and size < _ACTIVITY_BYTES and self.activities[-1:] != [activity]:
            self.activities.append(activity)

    @abstractmethod
    def handle(self, name: bytes, data: bytes) -> None:
        """Deal with an event that begins or ends something; others are ignored."""

    @abstractmethod
    def decode(self, name: bytes, data: bytes) -> None:
        """Decode a deferred event into `add_text` or `add_activity`."""


def _type_within(data: bytes) -> bytes:
    # Some proxies drop the `event:` lines; the Responses API repeats the name inside the data.
    found = re.search(rb'"type"\s*:\s*"([\w.]+)"', data[:4096])
    return found[1] if found else b""


def body_of(data: bytes) -> dict[str, Any]:
    """Decode the data of an event that matters.

    Raises:
        ValueError: It is no JSON object.
    """
    try:
        # Four times as fast, which counts where a person watches every token. It would also keep
        # sixteen thousand ids for reuse.
        body: Any = from_json(data, cache_strings="keys")
    except ValueError:
        try:
            body = loads(data)  # takes half a surrogate pair, as a token may be
        except RecursionError:
            raise ValueError("an event's data is nested too deep") from None
    if not isinstance(body, dict):
        raise ValueError("an event's data is no JSON object")  # noqa: TRY004 - as bad JSON is
    return cast("dict[str, Any]", body)
