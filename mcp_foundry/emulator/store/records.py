"""The things that a project holds, each with its own state."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from mcp_foundry.emulator.wire.values import Json

if TYPE_CHECKING:
    import asyncio

# How many responses, conversations and threads are kept. A soak asks many thousands of
# questions; what no one can still be waiting for is forgotten, so that memory stays level.
KEPT = 1000

T = TypeVar("T")


class ThreadRun(Protocol):
    """What a thread knows of its runs."""

    @property
    def id(self) -> str:
        """The id."""
        ...

    @property
    def active(self) -> bool:
        """Whether it keeps its thread to itself."""
        ...


RunT = TypeVar("RunT")
ThreadRunT = TypeVar("ThreadRunT", bound=ThreadRun)


class BoundedDict(dict[str, T], Generic[T]):
    """A dict of at most `KEPT` entries that forgets the oldest."""

    def __setitem__(self, key: str, value: T) -> None:
        super().__setitem__(key, value)
        if len(self) > KEPT:
            del self[next(iter(self))]


@dataclass
class Agent:
    """An agent of the new generation and its versions, by number."""

    name: str
    versions: dict[str, Json] = field(default_factory=dict[str, Json])
    created: int = 0
    enabled: bool = True
    extra: Json = field(default_factory=dict[str, Any])

    @property
    def latest(self) -> Json:
        """The newest version that was not deleted."""
        return next(reversed(self.versions.values()))

    def body(self) -> Json:
        """The agent as the service shows it."""
        shown = {"object": "agent", "id": self.name, "name": self.name}
        state = "enabled" if self.enabled else "disabled"
        return {**shown, "versions": {"latest": self.latest}, "state": state, **self.extra}


@dataclass
class Conversation:
    """A conversation of the new generation; `busy` is the response in progress on it."""

    info: Json
    items: list[Json] = field(default_factory=list[Json])
    busy: str = ""


@dataclass
class Turn:
    """What a stored response adds to a conversation, for `previous_response_id`."""

    previous: "Turn | None"
    items: list[Json]

    def history(self) -> list[Json]:
        """All items up to and with this turn, oldest first."""
        turns: list[Turn] = []
        turn: Turn | None = self
        while turn is not None:
            turns.append(turn)
            turn = turn.previous
        return [item for each in reversed(turns) for item in each.items]


@dataclass
class Thread(Generic[ThreadRunT]):
    """A thread of the classic generation."""

    info: Json
    messages: list[Json] = field(default_factory=list[Json])
    runs: dict[str, ThreadRunT] = field(default_factory=dict[str, Any])

    @property
    def active(self) -> ThreadRunT | None:
        """The run that has not ended, of which there is at most one."""
        last = next(reversed(self.runs.values()), None)
        return last if last and last.active else None


@dataclass
class MemoryStore:
    """A memory store: memories and updates by id."""

    info: Json
    memories: dict[str, Json] = field(default_factory=dict[str, Json])
    updates: BoundedDict["Update"] = field(default_factory=BoundedDict[Any])


@dataclass
class Update:
    """An update of memories; it takes effect when its delay is over."""

    body: Json
    scope: str
    texts: list[str]
    task: "asyncio.Task[None] | None" = None


@dataclass
class StoredResponse(Generic[RunT]):
    """A response that GET finds, what it adds to a conversation, and whether that went on."""

    run: RunT
    turn: Turn
    given: list[Json]
    followed: bool = False
