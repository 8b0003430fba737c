"""The settings as a program uses them: read once, from flags over environment over a file."""

from __future__ import annotations

from collections import ChainMap
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from mcp_foundry.settings.checks import is_project
from mcp_foundry.settings.limits import Limits
from mcp_foundry.settings.telemetry import Telemetry
from mcp_foundry.settings.variables import PROJECT, VARIABLES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcp_foundry.settings.variable import Variable

Approvals = Literal["ask", "caller", "deny"]
ProgressMode = Literal["delta", "tail"]
Background = Literal["auto", "off"]
Images = Literal["inline", "link"]
LogFormat = Literal["text", "json"]
RouteChoice = Literal["auto", "agent"]
Auth = Literal["none", "entra"]
Identity = Literal["user", "server"]
# What the one agent is called whose server is the endpoint.
_LOCAL = "local"
# What a service for many does where it was not told otherwise.
_FOR_MANY = {"concurrency": 200, "drain": 25.0}
# An own endpoint is content with the role Foundry Agent Consumer, so a caller needs no more.
_IN_THEIR_NAME = {"route": "agent"}


@dataclass(frozen=True)
class Settings:
    """What the server was told. Built by `read`; all but the last three are `VARIABLES` rows.

    Without an `endpoint` there is no project, and the agents of `local` are all there is.

    Attributes:
        forgets: Whether the project ends with this process, as an embedded emulator does.
        telemetry: What the standard variables of OpenTelemetry say.
        limits: Bounds that no user needs to set.
    """

    endpoint: str = ""
    agent: str = ""
    model: str = ""
    memory_store: str = ""
    memory_scope: str = ""
    max_wait: float = 50
    concurrency: int = 16
    agents: frozenset[str] = frozenset()
    budget: int = 0
    read_only: bool = False
    approvals: Approvals = "ask"
    progress: ProgressMode = "delta"
    drain: float = 3
    log_level: str = "WARNING"
    log_format: LogFormat = "text"
    background: Background = "auto"
    route: RouteChoice = "auto"
    local: Mapping[str, str] = field(default_factory=dict[str, str])
    agent_tools: frozenset[str] = frozenset()
    files: tuple[str, ...] = ()
    http_files: bool = False
    save: str = ""
    images: Images = "inline"
    image_model: str = ""
    ca_bundle: str = ""
    auth: Auth = "none"
    identity: Identity = "user"
    host: str = "127.0.0.1"
    public_url: str = ""
    tenant_id: str = ""
    client_id: str = ""
    keys: tuple[bytes, ...] = field(default=(), repr=False)
    federated_client_id: str = ""
    token_file: str = ""
    client_certificate: str = ""
    client_secret: str = field(default="", repr=False)
    origins: tuple[str, ...] = ()
    sessions: bool = False
    per_user: int = 100
    authority: str = "https://login.microsoftonline.com"
    forgets: bool = False
    telemetry: Telemetry = field(default_factory=Telemetry)
    limits: Limits = field(default_factory=Limits)

    @classmethod
    def read(cls, *sources: Mapping[str, str]) -> Settings:
        """Build settings from sources, the strongest first; each maps variable names to text.

        Raises:
            SettingsError: A value is not what its variable takes.
        """
        found: dict[str, Any] = {"telemetry": Telemetry.read(ChainMap(*map(dict, sources)))}
        for variable in VARIABLES:
            for source in sources:
                name = next((n for n in variable.names if source.get(n, "").strip()), None)
                if name:
                    found[variable.field] = variable.parse(name, source[name].strip())
                    break
        if not is_project(found.get("endpoint", PROJECT)):
            # An agent of that name that was given beside it is meant.
            found["local"] = {_LOCAL: found.pop("endpoint"), **found.get("local", {})}
        if found.get("auth") == "entra":
            own = {} if found.get("identity") == "server" else _IN_THEIR_NAME
            found = _FOR_MANY | own | found
        return cls(**found)

    def without_project(self) -> Settings:
        """Return the settings where there is no project: the default agent is on this machine.

        One that was meant for a project, perhaps in a variable of a shell, is not there.
        """
        first = next(iter(self.local), "")
        return replace(self, agent=self.agent if self.agent in self.local else first)

    def over_http(self) -> Settings:
        """Return the settings of a server over HTTP: whoever reaches it reads no files here."""
        return self if self.http_files else replace(self, files=())

    @property
    def each(self) -> int | None:
        """How many runs one caller may have under way at once; None where there is one caller."""
        return self.per_user if self.auth == "entra" else None

    @property
    def asks_as(self) -> str:
        """In whose name many ask, `user` or `server`; empty where there is one caller."""
        return self.identity if self.auth == "entra" else ""

    @property
    def on_loopback(self) -> bool:
        """Whether the project is an emulator: plain http, and no Azure credential."""
        return self.endpoint.startswith("http://")

    def may_ask(self, agent: str) -> bool:
        """Whether the allow-list admits `agent`, named with or without its version."""
        return not self.agents or agent in self.agents or agent.partition(":")[0] in self.agents


def default_of(variable: Variable) -> str:
    """Return the default of a variable as a person would write it."""
    value: object = getattr(Settings(), variable.field)
    if not value and not isinstance(value, bool | int):
        return ""
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else str(value)
