"""The state of the project: what exists in it. Knows no HTTP."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from mcp_foundry.emulator.wire import Json, new_id, not_found, now

if TYPE_CHECKING:
    from mcp_foundry.emulator.classic_run import ClassicRun
    from mcp_foundry.emulator.response_run import ResponseRun

# How many responses, conversations and threads are kept. A soak asks many thousands of
# questions; what no one can still be waiting for is forgotten, so that memory stays level.
KEPT = 1000

T = TypeVar("T")


class Kept(dict[str, T], Generic[T]):
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
    extra: Json = field(default_factory=dict[str, object])

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
class Thread:
    """A thread of the classic generation."""

    info: Json
    messages: list[Json] = field(default_factory=list[Json])
    runs: "dict[str, ClassicRun]" = field(default_factory=lambda: dict[str, "ClassicRun"]())

    @property
    def active(self) -> "ClassicRun | None":
        """The run that has not ended, of which there is at most one."""
        last = next(reversed(self.runs.values()), None)
        return last if last and last.active else None


@dataclass
class MemoryStore:
    """A memory store: memories and updates by id."""

    info: Json
    memories: dict[str, Json] = field(default_factory=dict[str, Json])
    updates: "Kept[Update]" = field(default_factory=lambda: Kept[Update]())


@dataclass
class Update:
    """An update of memories; it takes effect when its delay is over."""

    body: Json
    scope: str
    texts: list[str]
    task: "asyncio.Task[None] | None" = None


@dataclass
class StoredResponse:
    """A response that GET finds, and what it adds to a conversation."""

    run: "ResponseRun"
    turn: Turn
    given: list[Json]


class Store:
    """Everything in the project."""

    def __init__(self) -> None:
        self.agents: dict[str, Agent] = {}
        self.classic_agents: dict[str, Json] = {}
        self.connections: dict[str, Json] = {}
        self.deployments: dict[str, Json] = {}
        self.memory_stores: dict[str, MemoryStore] = {}
        self.responses: Kept[StoredResponse] = Kept()
        self.conversations: Kept[Conversation] = Kept()
        self.threads: Kept[Thread] = Kept()
        self.sessions: Kept[Json] = Kept()

    def add_agent(
        self,
        name: str,
        *,
        instructions: str = "",
        model: str = "scripted-model",
        tools: list[Json] | None = None,
        description: str = "",
        metadata: Json | None = None,
        definition: Json | None = None,
    ) -> Json:
        """Add a version of an agent, the first or the next, and return it."""
        if definition is None:
            definition = {"kind": "prompt", "model": model, "instructions": instructions}
            definition.update({"tools": tools} if tools else {})
        agent = self.agents.setdefault(name, Agent(name))
        agent.created += 1
        version = str(agent.created)
        agent.versions[version] = {
            "metadata": metadata or {},
            "object": "agent.version",
            "id": f"{name}:{version}",
            "name": name,
            "version": version,
            "description": description,
            "created_at": now(),
            "definition": definition,
            "status": "active",
        }
        return agent.versions[version]

    def agent(self, name: str) -> Agent:
        """The agent of that name, or a refusal."""
        if name not in self.agents:
            raise not_found("Agent", name)
        return self.agents[name]

    def agent_version(self, name: str, version: str = "") -> Json:
        """A version of an agent, the latest if none is named, or a refusal."""
        agent = self.agent(name)
        if not version or version == "latest":
            return agent.latest
        if version not in agent.versions:
            raise not_found("AgentVersion", f"{name}:{version}")
        return agent.versions[version]

    def add_classic_agent(
        self,
        agent_id: str = "",
        *,
        name: str | None = None,
        model: str = "scripted-model",
        instructions: str | None = None,
        tools: list[Json] | None = None,
        **further: object,
    ) -> Json:
        """Add an agent of the classic generation and return it."""
        body: Json = {
            "id": agent_id or new_id("asst"),
            "object": "assistant",
            "created_at": now(),
            "name": name,
            "description": None,
            "model": model,
            "instructions": instructions,
            "tools": tools or [],
            "top_p": 1.0,
            "temperature": 1.0,
            "tool_resources": {},
            "metadata": {},
            "response_format": "auto",
        }
        body.update(further)
        self.classic_agents[body["id"]] = body
        return body

    def add_connection(
        self,
        name: str,
        connection_type: str,
        target: str,
        *,
        credentials: str = "ApiKey",
        is_default: bool = False,
        metadata: dict[str, str] | None = None,
    ) -> Json:
        """Add a connection and return it; the emulator never holds a key."""
        self.connections[name] = {
            "name": name,
            "id": f"/subscriptions/emulator/projects/emulator/connections/{name}",
            "type": connection_type,
            "target": target,
            "isDefault": is_default,
            "credentials": {"type": credentials},
            "metadata": metadata or {},
        }
        return self.connections[name]

    def add_deployment(
        self,
        name: str,
        *,
        model: str = "",
        version: str = "1",
        publisher: str = "OpenAI",
        capabilities: dict[str, str] | None = None,
        sku: str = "GlobalStandard",
        capacity: int = 100,
    ) -> Json:
        """Add a deployment of a model and return it."""
        can = {"chat_completion": "true"} if capabilities is None else capabilities
        self.deployments[name] = {
            "name": name,
            "type": "ModelDeployment",
            "modelName": model or name,
            "modelVersion": version,
            "modelPublisher": publisher,
            "capabilities": can,
            "sku": {"name": sku, "capacity": capacity},
        }
        return self.deployments[name]

    def add_memory_store(
        self, name: str, *, description: str = "", definition: Json | None = None
    ) -> Json:
        """Add a memory store and return it."""
        created = now()
        info: Json = {
            "object": "memory_store",
            "id": new_id("memstore"),
            "created_at": created,
            "updated_at": created,
            "name": name,
            "description": description,
            "metadata": {},
            "definition": definition
            or {
                "kind": "default",
                "chat_model": "scripted-model",
                "embedding_model": "scripted-embedding",
                "options": {"user_profile_enabled": True, "chat_summary_enabled": True},
            },
        }
        self.memory_stores[name] = MemoryStore(info)
        return info

    def memory_store(self, name: str) -> MemoryStore:
        """The memory store of that name, or a refusal."""
        if name not in self.memory_stores:
            raise not_found("MemoryStore", name)
        return self.memory_stores[name]

    def memories(self, name: str, scope: str) -> Iterator[Json]:
        """The memories of a store in one scope."""
        return (m for m in self.memory_store(name).memories.values() if m["scope"] == scope)
