"""The settings as a program uses them: read once, from flags over environment over a file."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal

from mcp_foundry.settings.limits import Limits
from mcp_foundry.settings.variables import VARIABLES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcp_foundry.settings.variables import Variable

Approvals = Literal["ask", "caller", "deny"]
ProgressMode = Literal["delta", "tail"]
Background = Literal["auto", "off"]


@dataclass(frozen=True)
class Settings:
    """What the server was told. Built by `read`; every field but `limits` is a `VARIABLES` row."""

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
    background: Background = "auto"
    ca_bundle: str = ""
    limits: Limits = field(default_factory=Limits)

    @classmethod
    def read(cls, *sources: Mapping[str, str]) -> Settings:
        """Build settings from sources, the strongest first; each maps variable names to text.

        Raises:
            SettingsError: A value is not what its variable takes.
        """
        found: dict[str, Any] = {}
        for variable in VARIABLES:
            for source in sources:
                name = next((n for n in variable.names if source.get(n, "").strip()), None)
                if name:
                    found[variable.field] = variable.parse(name, source[name].strip())
                    break
        return cls(**found)

    @property
    def on_loopback(self) -> bool:
        """Whether the project is an emulator: plain http, and no Azure credential."""
        return self.endpoint.startswith("http://")

    def may_ask(self, agent: str) -> bool:
        """Whether the allow-list admits `agent`, named with or without its version."""
        return not self.agents or agent in self.agents or agent.partition(":")[0] in self.agents


def default_of(variable: Variable) -> str:
    """Return the default of a variable as a person would write it."""
    value = next(f.default for f in fields(Settings) if f.name == variable.field)
    if value in ("", frozenset()):
        return ""
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else str(value)
