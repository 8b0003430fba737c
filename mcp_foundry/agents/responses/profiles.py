"""What the project says of its agents: their kind, the version that answers, what it is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from mcp_foundry.contract.json import count_in, object_in, objects_in, text_in

if TYPE_CHECKING:
    from mcp_foundry.contract.json import Json
    from mcp_foundry.service.wire import Wire


@dataclass(frozen=True)
class Profile:
    """What is known of an agent.

    Attributes:
        kind: `prompt`, `hosted`, `workflow`, …
        served: The version that answers at its endpoint.
        latest: Its newest one, which answers through the project.
    """

    kind: str
    served: str
    latest: str

    @property
    def pinned(self) -> bool:
        """Whether its operator chose another version than the newest."""
        return self.served != self.latest


def profile_of(agent: Json) -> Profile:
    """Return the profile of an agent as the service shows it."""
    latest = object_in(object_in(agent.get("versions")).get("latest"))
    newest = version_in(latest)
    return Profile(
        kind=text_in(object_in(latest.get("definition")).get("kind")),
        served=_served(agent) or newest,
        latest=newest,
    )


def version_in(version: Json) -> str:
    """Return the number of a version, which may come as one."""
    number = version.get("version")
    return text_in(number) or str(count_in(number) or "")


def _served(agent: Json) -> str:
    """Return the version that gets the most of the endpoint's traffic; today it is all of it."""
    selector = object_in(object_in(agent.get("agent_endpoint")).get("version_selector"))
    rules = objects_in(selector.get("version_selection_rules"))
    rules.sort(key=lambda rule: count_in(rule.get("traffic_percentage")) or 0)
    number = rules[-1].get("agent_version") if rules else None
    return text_in(number) or str(count_in(number) or "")


class Profiles:
    """The agents' profiles, remembered, and their versions, which never change."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._known: dict[str, Profile] = {}
        self._versions: dict[str, Json] = {}

    def known(self, name: str) -> Profile | None:
        """Return an agent's profile, where it was read already."""
        return self._known.get(name)

    def learn(self, agent: Json) -> Profile:
        """Remember what the service shows of an agent."""
        profile = self._known[text_in(agent.get("name"))] = profile_of(agent)
        latest = object_in(object_in(agent.get("versions")).get("latest"))
        self._versions[f"{text_in(agent.get('name'))}:{profile.latest}"] = latest
        return profile

    async def read(self, name: str) -> Profile:
        """Read an agent's profile.

        Raises:
            FoundryError: It is not there, or may not be read.
        """
        path = f"/agents/{quote(name, safe='')}?api-version=v1"
        return self.learn(await self._wire.fetch("GET", path, f"agent '{name}'"))

    def known_version(self, agent: str) -> Json | None:
        """Return `NAME:VERSION`, or the version that answers to `NAME`, where it was read."""
        name, _, number = agent.partition(":")
        profile = self._known.get(name)
        return self._versions.get(f"{name}:{number or (profile.served if profile else '')}")

    async def version(self, agent: str) -> Json:
        """Return the version `NAME:VERSION`, or the one that answers to `NAME`.

        Raises:
            FoundryError: It is not there, or may not be read.
        """
        name, _, number = agent.partition(":")
        if not number:
            number = (await self.read(name)).served
        if f"{name}:{number}" not in self._versions:
            path = f"/agents/{quote(name, safe='')}/versions/{quote(number, safe='')}"
            about = f"agent '{name}:{number}'"
            found = await self._wire.fetch("GET", f"{path}?api-version=v1", about)
            self._versions[f"{name}:{number}"] = found
        return self._versions[f"{name}:{number}"]
