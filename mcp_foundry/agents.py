"""What both generations of agents meet: a question, a run's stream as it is read, its answer.

The interface speaks the current generation's language; the classic one converts.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from contextlib import suppress
from dataclasses import dataclass, field
from json import loads
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, cast
from uuid import uuid4

from mcp_foundry.citations import MarkerNumbers
from mcp_foundry.errors import FoundryError, without_secrets

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from contextlib import AsyncExitStack

    from mcp_foundry.results import Answer, GenerationName
    from mcp_foundry.sse import Event

# What is kept undecoded is bounded, so that one catching up never blocks the loop for long.
_UNREAD_BYTES = 256 * 1024
# Outputs of tools travel in the same events as their names; nobody reads one this large.
_ACTIVITY_BYTES = 64 * 1024


@dataclass(frozen=True)
class Reply:
    """What the caller says to one pending item: a decision, or a function's output."""

    id: str
    approve: bool | None = None
    output: str | None = None


@dataclass(frozen=True)
class Question:
    """One turn to be asked: a message, or replies to what an earlier answer waits for.

    Attributes:
        mark: Tells this question from every other, also at the service.
    """

    message: str
    agent: str
    conversation_id: str = ""
    replies: tuple[Reply, ...] = ()
    mark: str = field(default_factory=lambda: uuid4().hex)

    @property
    def about(self) -> str:
        """How messages name it."""
        return f"agent '{self.agent}'" if self.agent else f"conversation '{self.conversation_id}'"


@dataclass(frozen=True)
class RunIds:
    """What the service calls a run, and whom it asked.

    Attributes:
        answer_id: Names the run in any process: `resp_…`, or `thread_…/run_…`.
        conversation_id: What the caller passes to go on.
        agent: The agent with its resolved version; what was asked for until that is known.
    """

    answer_id: str
    conversation_id: str
    agent: str


class RunReader(ABC):
    """One run's stream, taken as it comes and decoded as far as somebody reads it.

    Attributes:
        ids: Set once the service named the run.
        conversation_id: Where the run will be, if that is known before the run's own id.
        outcome: The answer or the failure, set by the event that ends the run.
        broken: What an `error` event said; the run itself may have ended well.
        activities: Lines on what the agent did beside writing. Up to date after `catch_up`.
        text: What it wrote so far. Up to date after `catch_up`.
    """

    # Events that bring text or activity: kept as bytes until `catch_up`.
    deferred: ClassVar[frozenset[bytes]]

    def __init__(self, question: Question) -> None:
        self.question = question
        self.ids: RunIds | None = None
        self.conversation_id = question.conversation_id
        self.outcome: Answer | FoundryError | None = None
        self.broken: FoundryError | None = None
        self.activities: list[str] = []
        self.text = ""
        self._message = ""
        self._markers = MarkerNumbers()
        self._unread: list[Event] = []
        self._unread_bytes = 0

    @property
    def ended(self) -> bool:
        """Whether nothing more is to be expected of the stream."""
        return self.outcome is not None or self.broken is not None

    def take(self, event: Event) -> None:
        """Take one event of the stream.

        Raises:
            ValueError: An event that matters is no JSON.
        """
        name = event.name or _type_within(event.data)
        if name in self.deferred:
            self._unread.append(event)
            self._unread_bytes += len(event.data)
            if self._unread_bytes > _UNREAD_BYTES:
                self.catch_up()
        else:
            self.act(name, event.data)

    def catch_up(self) -> None:
        """Decode what was taken; an event that cannot be decoded says nothing."""
        unread, self._unread, self._unread_bytes = self._unread, [], 0
        for event in unread:
            with suppress(ValueError, KeyError, TypeError, IndexError, AttributeError):
                self.read(event.name or _type_within(event.data), event.data)

    def wrote(self, message: str, piece: str) -> None:
        """Append a piece of the message with that id to the text."""
        if message != self._message:
            self.text += self._markers.flush() + ("\n\n" if self.text else "")
            self._message = message
        self.text += self._markers.feed(piece)

    def doing(self, activity: str, size: int = 0) -> None:
        """Note what the agent does; `size` is that of the event that says so, in bytes."""
        if activity and size < _ACTIVITY_BYTES and self.activities[-1:] != [activity]:
            self.activities.append(activity)

    @abstractmethod
    def act(self, name: bytes, data: bytes) -> None:
        """Deal with an event that begins or ends something; others are ignored."""

    @abstractmethod
    def read(self, name: bytes, data: bytes) -> None:
        """Decode a deferred event into `wrote` or `doing`."""


def _type_within(data: bytes) -> bytes:
    # Some proxies drop the `event:` lines; the Responses API repeats the name inside the data.
    found = re.search(rb'"type"\s*:\s*"([\w.]+)"', data[:4096])
    return found[1] if found else b""


class Generation(Protocol):
    """One generation of the agents API, on the client's side of the wire."""

    @property
    def name(self) -> GenerationName:
        """Which one it is."""
        ...

    async def open(self, question: Question, stack: AsyncExitStack) -> AsyncIterator[bytes]:
        """Send the question as one request; its stream is closed with `stack`."""
        ...

    def reader(self, question: Question) -> RunReader:
        """Return what reads that stream."""
        ...

    async def prepare(self, question: Question) -> Question:
        """Return the question with what it needs before it can be sent: a durable conversation."""
        ...

    async def fetch(self, ids: RunIds) -> Answer:
        """Return the run's answer as the service has it; `in_progress` while it has none.

        Raises:
            FoundryError: The run failed, or the service could not be asked.
        """
        ...

    async def find(self, question: Question, conversation_id: str) -> RunIds | None:
        """Look for the run of a question whose stream broke before its id came.

        Args:
            question: What was asked.
            conversation_id: Where the run is, if that is known.
        """
        ...

    async def cancel(self, ids: RunIds) -> None:
        """Tell the service to stop the run."""
        ...


def body_of(data: bytes) -> dict[str, Any]:
    """Decode the data of an event that matters.

    Raises:
        ValueError: It is no JSON object.
    """
    body: Any = loads(data)
    if not isinstance(body, dict):
        raise ValueError("an event's data is no JSON object")  # noqa: TRY004 - as bad JSON is
    return cast("dict[str, Any]", body)


def run_failed(about: str, error: Mapping[str, Any] | None, otherwise: str) -> FoundryError:
    """Return the failure of a run from the service's own code and message."""
    code = str((error or {}).get("code") or "")
    said = without_secrets(str((error or {}).get("message") or otherwise)).rstrip(".")
    told = f"{about}: the run failed ({code}: {said})" if code else f"{about}: {said}"
    if "content_filter" in code:
        return FoundryError("content_filtered", f"{told}. Put the message in other words.")
    if "rate_limit" in code:
        told += ". The deployment's quota is used up: ask again in a minute, or raise its quota"
    return FoundryError("run_failed", f"{told}. Ask again, or look at the run in the portal.")
