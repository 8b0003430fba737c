"""The agent that is probed, as far as the project tells of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mcp_foundry.commands.probing.replying import Tools
from mcp_foundry.contract.json import object_in, text_in
from mcp_foundry.service.explain import explain
from mcp_foundry.service.places import PROJECT, endpoint_of

if TYPE_CHECKING:
    from mcp_foundry.project.session import FoundrySession
    from mcp_foundry.service.places import Place

_ROLE = frozenset({"forbidden", "unauthenticated"})


@dataclass(frozen=True)
class Subject:
    """What is known of an agent.

    Attributes:
        kind: `prompt`, `hosted`, …; empty where it is not known.
        served: The version that its endpoint serves, likewise.
        latest: Its newest version, likewise; the project's route takes that one.
        tools: What of its tools can be tried.
    """

    kind: str = ""
    served: str = ""
    latest: str = ""
    tools: Tools = field(default_factory=Tools)

    @property
    def hosted(self) -> bool:
        """Whether it answers at its own endpoint only, in sessions."""
        return self.kind == "hosted"

    def place(self, agent: str, route: str) -> Place:
        """Return where the bridge asks it."""
        own = self.hosted or route == "agent"
        return endpoint_of(agent.partition(":")[0]) if own else PROJECT

    def which(self, version: str) -> str:
        """Return in words which of its versions answered; empty where that was not told."""
        if not version:
            return "which version answered is not told"
        if not self.served:
            return "a version answered, and the served one is not known"
        if version == self.served:
            newer = ", and not the latest" if self.latest not in {"", version} else ""
            return f"the served version answered{newer}"
        if version == self.latest:
            return "the latest version answered, and not the served one"
        return "a version answered that is neither the served one nor the latest"

    @classmethod
    async def of(cls, foundry: FoundrySession, agent: str) -> Subject:
        """Read what the project tells of an agent; nothing where the SDK does not know its shape.

        Raises:
            FoundryError: The project cannot be reached, or has no such agent.
        """
        name = agent.partition(":")[0]
        try:
            catalog = foundry.generations.catalog_of(agent)
            served = text_in((await catalog.describe(name)).get("version"))
            described = await catalog.describe(agent)
            newest = await catalog.versions(name)
        except Exception as exception:
            failure = explain(exception, f"agent '{agent}'", foundry.settings)
            narrow = foundry.settings.route == "agent" and failure.code in _ROLE
            if narrow or failure.code == "internal":
                return cls()
            raise failure from exception
        definition = object_in(described.get("definition"))
        latest = newest[0] if newest else ""
        return cls(text_in(definition.get("kind")), served, latest, Tools.of(definition))
