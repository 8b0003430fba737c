"""The state of the project: what exists in it. Knows no HTTP."""

from typing import Any, Protocol

from mcp_foundry.emulator.store.files import Files
from mcp_foundry.emulator.store.records import (
    KEPT,
    OVER,
    Agent,
    AgentSession,
    Conversation,
    MemoryStore,
    Rights,
    StoredResponse,
    Thread,
)
from mcp_foundry.emulator.store.table import Table
from mcp_foundry.emulator.wire.refusals import not_found
from mcp_foundry.emulator.wire.values import Json, new_id, now


class Keeper(Protocol):
    """What writes the project down."""

    def save(self) -> None:
        """Write down what has changed."""
        ...

    def close(self) -> None:
        """Do so for the last time."""
        ...


class Store:
    """Everything in the project."""

    def __init__(self) -> None:
        self.agents: Table[Agent] = Table()
        self.classic_agents: Table[Json] = Table()
        self.connections: Table[Json] = Table()
        self.deployments: Table[Json] = Table()
        self.memory_stores: Table[MemoryStore] = Table()
        self.responses: Table[StoredResponse[Any]] = Table(KEPT)
        self.conversations: Table[Conversation] = Table(KEPT)
        self.threads: Table[Thread[Any]] = Table(KEPT)
        self.files = Files()
        self.sessions: Table[AgentSession] = Table(KEPT)
        self.callers: Table[Rights] = Table()
        self.keeper: Keeper | None = None

    def save(self) -> None:
        """Write down what has changed, where there is a data file.

        Raises:
            Refusal: It cannot be written.
        """
        if self.keeper:
            self.keeper.save()

    def emptied(self) -> "Store":
        """A store in which nothing is: another one, unless this one is in a data file."""
        if not self.keeper:
            return Store()
        for table in (
            self.agents,
            self.classic_agents,
            self.connections,
            self.deployments,
            self.memory_stores,
            self.responses,
            self.conversations,
            self.threads,
            self.sessions,
            self.callers,
        ):
            table.clear()
        self.files.clear()
        return self

    def close(self) -> None:
        """Write down what has changed for the last time, where there is a data file."""
        if self.keeper:
            self.keeper.close()

    def add_agent(  # noqa: PLR0913 - the fields of the thing
        self,
        name: str,
        *,
        instructions: str = "",
        model: str = "scripted-model",
        tools: list[Json] | None = None,
        description: str = "",
        metadata: Json | None = None,
        definition: Json | None = None,
        draft: bool = False,
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
            **({"draft": True} if draft else {}),
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

    def end_session(self, session_id: str, status: str) -> None:
        """Let a hosted agent's session take no question any more.

        Raises:
            ValueError: The status is no end.
        """
        if status not in OVER:
            raise ValueError(f"status={status!r} is none of {', '.join(OVER)}")
        self.sessions[session_id].info["status"] = status

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

    def add_connection(  # noqa: PLR0913 - the fields of the thing
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

    def add_deployment(  # noqa: PLR0913 - the fields of the thing
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
