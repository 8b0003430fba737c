"""What a user's own project holds, from a file: the built-in seed gives way section by section."""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mcp_foundry.emulator.store.fields import FieldError, fill
from mcp_foundry.emulator.store.names import DEFAULT_MODEL
from mcp_foundry.emulator.store.placed import FileError, read_placed
from mcp_foundry.emulator.store.records import MEMORY_KINDS, Rights

if TYPE_CHECKING:
    from pathlib import Path

    from mcp_foundry.emulator.store.contents import Store

Json = dict[str, Any]  # at run time too: the fields are checked by it
_NAME = re.compile(r"[^/\x00-\x1f]{1,256}")


def _words(given: object) -> dict[str, Any]:
    """Return the fields of a dataclass; what is made of them may be changed."""
    return deepcopy(vars(given))


@dataclass(frozen=True)
class _Named:
    name: str
    """What it is called: up to 256 characters, none of them `/`."""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"the name {self.name!r} is empty, too long, or has a / in it.")


@dataclass(frozen=True)
class Version:
    """A version of an agent."""

    instructions: str = ""
    """What a prompt agent is told."""
    model: str = DEFAULT_MODEL
    """The deployment that a prompt agent asks."""
    tools: list[Json] = field(default_factory=list[Json])
    """The tools of a prompt agent, as the service has them."""
    definition: Json = field(default_factory=dict[str, Any])
    """The whole definition, as the service has it, instead of the three above: for agents of other
    kinds."""
    description: str = ""
    """What it is for."""
    metadata: dict[str, str] = field(default_factory=dict[str, str])
    """Further words about it."""
    draft: bool = False
    """Whether it is a draft, which is never the latest."""

    def __post_init__(self) -> None:
        if self.definition and (self.instructions or self.tools or self.model != DEFAULT_MODEL):
            raise ValueError("beside a definition there can be no instructions, model or tools.")


@dataclass(frozen=True)
class Agent(_Named):
    """An agent of the new generation."""

    versions: list[Version] = field(default_factory=lambda: [Version()])
    """Its versions, the oldest first."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.versions:
            raise ValueError("an agent has one version at least.")

    def add(self, store: Store) -> None:
        """Put it into the store."""
        for version in self.versions:
            given = _words(version)
            store.add_agent(self.name, definition=given.pop("definition") or None, **given)


@dataclass(frozen=True)
class ClassicAgent(_Named):
    """An agent of the classic generation."""

    id: str = ""
    """Its id, such as `asst_helper`; by default one is made."""
    model: str = DEFAULT_MODEL
    """The deployment that it asks."""
    instructions: str = ""
    """What it is told."""
    description: str = ""
    """What it is for."""
    tools: list[Json] = field(default_factory=list[Json])
    """Its tools, as the service has them."""
    tool_resources: Json = field(default_factory=dict[str, Any])
    """What they work with, as the service has it."""
    metadata: dict[str, str] = field(default_factory=dict[str, str])
    """Further words about it."""

    def add(self, store: Store) -> None:
        """Put it into the store."""
        given = _words(self)
        store.add_classic_agent(given.pop("id"), **given)


@dataclass(frozen=True)
class Deployment(_Named):
    """A deployment of a model."""

    model: str = ""
    """The model; by default called as the deployment."""
    version: str = "1"
    """The model's version."""
    publisher: str = "OpenAI"
    """Whose model it is."""
    capabilities: dict[str, str] = field(default_factory=lambda: {"chat_completion": "true"})
    """What it can do, such as `embeddings: "true"`."""
    sku: str = "GlobalStandard"
    """How it is paid for."""
    capacity: int = 100
    """Thousands of tokens a minute."""

    def add(self, store: Store) -> None:
        """Put it into the store."""
        store.add_deployment(**_words(self))


@dataclass(frozen=True)
class _Typed:
    type: str
    """Its type, such as `AzureOpenAI`, `CognitiveSearch` or `RemoteTool`."""
    target: str
    """Its address, which is told and never asked."""


@dataclass(frozen=True)
class Connection(_Typed, _Named):
    """A connection; the emulator holds no keys."""

    credentials: str = "ApiKey"
    """Of which type its credentials are."""
    is_default: bool = False
    """Whether it is the default of its type."""
    metadata: dict[str, str] = field(default_factory=dict[str, str])
    """Further words about it."""

    def add(self, store: Store) -> None:
        """Put it into the store."""
        given = _words(self)
        store.add_connection(given.pop("name"), given.pop("type"), given.pop("target"), **given)


@dataclass(frozen=True)
class Memory:
    """A memory."""

    scope: str
    """Whose it is, such as a user's id."""
    content: str
    """What is remembered."""
    kind: str = "user_profile"
    """`user_profile`, `chat_summary` or `procedural`."""

    def __post_init__(self) -> None:
        if self.kind not in MEMORY_KINDS:
            raise ValueError(f"the kind {self.kind!r} is none of {', '.join(MEMORY_KINDS)}.")


@dataclass(frozen=True)
class MemoryStore(_Named):
    """A memory store."""

    description: str = ""
    """What it is for."""
    definition: Json = field(default_factory=dict[str, Any])
    """Its models and options, as the service has them."""
    memories: list[Memory] = field(default_factory=list[Memory])
    """What it remembers."""

    def add(self, store: Store) -> None:
        """Put it into the store."""
        given = _words(self)
        store.add_memory_store(
            self.name, description=self.description, definition=given["definition"] or None
        )
        for memory in self.memories:
            store.memory_store(self.name).add(memory.scope, memory.content, memory.kind)


@dataclass(frozen=True)
class Caller:
    """What somebody may do."""

    id: str
    """The object id that a token has, or `operator` for tokens that name nobody."""
    role: str = "user"
    """`user` as Foundry User, `consumer` as Foundry Agent Consumer alone, or `none`."""
    speaks_for_users: bool = False
    """Whether a request may name a user in `x-ms-user-identity`."""

    def __post_init__(self) -> None:
        self._rights()

    def _rights(self) -> Rights:
        return Rights(self.role, self.speaks_for_users)

    def add(self, store: Store) -> None:
        """Put it into the store."""
        store.callers[self.id] = self._rights()


@dataclass(frozen=True)
class Seed:
    """What a fresh emulator holds; a section that is not given is the built-in one."""

    agents: list[Agent] | None = None
    """Agents of the new generation."""
    classic_agents: list[ClassicAgent] | None = None
    """Agents of the classic generation."""
    deployments: list[Deployment] | None = None
    """Deployments of models; `scripted-model` and `scripted-embedding` are there in any case."""
    connections: list[Connection] | None = None
    """Connections."""
    memory_stores: list[MemoryStore] | None = None
    """Memory stores."""
    callers: list[Caller] | None = None
    """Who may do what; whoever is not named is a Foundry User."""


def read_seed(path: Path) -> Seed:
    """Read a seed from a YAML or JSON file.

    Raises:
        FileError: It cannot be read, is neither, or has what a seed has not.
    """
    try:
        return fill(Seed, read_placed(path))
    except FieldError as wrong:
        raise FileError(f"{path}, line {wrong.line}: {wrong}") from None
