"""The things that a project holds, each with its own state."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from mcp_foundry.emulator.store.table import Table
from mcp_foundry.emulator.wire.values import Json, as_list, as_object, as_text, new_id, now

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

# How many responses, conversations and threads are kept. A soak asks many thousands of
# questions; what no one can still be waiting for is forgotten, so that memory stays level.
KEPT = 1000
# In these a session of a hosted agent takes no question any more.
OVER = ("expired", "failed", "deleted")
ROLES = ("user", "consumer", "none")
MEMORY_KINDS = ("user_profile", "chat_summary", "procedural")

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


class AnyRun(Protocol):
    """What a stored response knows of its run."""

    @property
    def id(self) -> str:
        """The id."""
        ...


RunT = TypeVar("RunT", bound=AnyRun)
ThreadRunT = TypeVar("ThreadRunT", bound=ThreadRun)


@dataclass(frozen=True)
class Rights:
    """What a caller may do.

    Attributes:
        role: `user` as *Foundry User*, `consumer` as *Foundry Agent Consumer* alone, or `none`.
        speaks_for_users: Whether it has the data action that `x-ms-user-identity` needs.

    Raises:
        ValueError: There is no such role.
    """

    role: str = "user"
    speaks_for_users: bool = False

    def __post_init__(self) -> None:
        if self.role not in ROLES:
            raise ValueError(f"the role {self.role!r} is none of {', '.join(ROLES)}.")


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
        """The newest version that was not deleted; a draft only where there is nothing else."""
        newest = [*reversed(self.versions.values())]
        return next((each for each in newest if not each.get("draft")), newest[0])

    @property
    def kind(self) -> str:
        """What kind of agent it is."""
        return str(self.latest["definition"].get("kind", ""))

    @property
    def served(self) -> str:
        """The version that answers at its own endpoint: the one that gets the most traffic."""
        selector = as_object(as_object(self.extra.get("agent_endpoint")).get("version_selector"))
        rules = [as_object(rule) for rule in as_list(selector.get("version_selection_rules"))]
        rules.sort(key=lambda rule: rule["traffic_percentage"])
        return as_text(rules[-1].get("agent_version")) if rules else self.latest["version"]

    def body(self) -> Json:
        """The agent as the service shows it."""
        shown = {"object": "agent", "id": self.name, "name": self.name}
        state = "enabled" if self.enabled else "disabled"
        states = {"state": state, "configuration_state": state}
        return {**shown, "versions": {"latest": self.latest}, **states, **self.extra}


@dataclass
class Conversation:
    """A conversation of the new generation.

    Attributes:
        busy: The response in progress on it.
        sessions: In which session each hosted agent works on it.
        user: Whose it is.
    """

    info: Json
    items: list[Json] = field(default_factory=list[Json])
    busy: str = ""
    sessions: dict[str, str] = field(default_factory=dict[str, str])
    user: str = ""


@dataclass
class AgentSession:
    """A session of a hosted agent; it is ready at that time of the monotonic clock."""

    info: Json
    agent: str
    user: str
    ready: float = 0.0

    @property
    def id(self) -> str:
        """The id."""
        return str(self.info["agent_session_id"])

    @property
    def version(self) -> str:
        """The version of its agent that works in it."""
        return str(self.info["version_indicator"]["agent_version"])

    @property
    def over(self) -> bool:
        """Whether it takes no question any more."""
        return self.info["status"] in OVER


@dataclass
class Turn:
    """What a stored response adds to a conversation, for `previous_response_id`.

    Attributes:
        previous: The turn before, or what finds it where turns are on disk.
        items: What this one adds.
    """

    previous: "Turn | Callable[[], Turn | None] | None"
    items: list[Json]

    def history(self) -> list[Json]:
        """All items up to and with this turn, oldest first."""
        turns: list[Turn] = []
        turn: Turn | None = self
        while turn is not None:
            turns.append(turn)
            turn = turn.previous() if callable(turn.previous) else turn.previous
        return [item for each in reversed(turns) for item in each.items]

    def delete(self) -> None:
        """Let it be told no more, not even as what came before another turn.

        Nobody knows what the service does for those that went on from a deleted response.
        """
        self.previous = None
        self.items.clear()


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
    updates: Table["Update"] = field(default_factory=lambda: Table["Update"](KEPT))

    def add(self, scope: str, content: str, kind: str = "user_profile") -> Json:
        """Remember something of a scope, and return the memory."""
        memory: Json = {"memory_id": new_id("mem"), "updated_at": now(), "scope": scope}
        memory.update(content=content, kind=kind)
        self.memories[memory["memory_id"]] = memory
        return memory


@dataclass
class Update:
    """An update of memories; it takes effect at that time, in seconds since 1970."""

    body: Json
    scope: str
    texts: list[str]
    due: float
    task: "asyncio.Task[None] | None" = None


@dataclass
class StoredResponse(Generic[RunT]):
    """A response that GET finds, what it adds to a conversation, and whether that went on.

    Attributes:
        agent: Who answers; empty for a model.
        user: Whose it is.
    """

    run: RunT
    turn: Turn
    given: list[Json]
    agent: str = ""
    user: str = ""
    followed: bool = False

    @property
    def hosted(self) -> bool:
        """Whether a hosted agent answers."""
        return self.run.id.startswith("caresp_")

    def may_follow(self, agent: str, user: str) -> bool:
        """Whether that agent may go on from it for that user."""
        return not self.hosted or (self.agent, self.user) == (agent, user)
