"""The agents of the current generation, each with its versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from mcp_foundry.contract.agents import Agent, Agents

if TYPE_CHECKING:
    from azure.ai.projects.models import AgentVersionDetails

    from mcp_foundry.contract.json import Json
    from mcp_foundry.service.clients import Clients
    from mcp_foundry.service.wire import Wire


class ResponsesCatalog:
    """Looks agents up through the client that manages the project."""

    def __init__(self, wire: Wire, clients: Clients) -> None:
        self._wire = wire
        self._clients = clients

    async def list(self) -> Agents:
        """Return the agents, each in its latest version."""
        project = await self._clients.project()
        found: list[Agent] = []
        async for listed in project.agents.list():
            latest: Any = listed.versions.latest
            definition: Any = latest.definition
            found.append(
                Agent(
                    name=listed.name,
                    version=latest.version,
                    generation="responses",
                    model=definition.get("model") or "",
                    description=latest.description or "",
                    kind=definition.get("kind") or "",
                )
            )
        return Agents(agents=found)

    async def describe(self, agent: str) -> Json:
        """Return the definition of `NAME` (its latest version) or `NAME:VERSION`."""
        name, _, version = agent.partition(":")
        agents = (await self._clients.project()).agents
        versions = [_version(each) async for each in agents.list_versions(name)]
        shown = await agents.get_version(name, version or versions[0]["version"])
        return {
            "name": name,
            "generation": "responses",
            "version": shown.version,
            "description": shown.description or "",
            "model": shown.definition.get("model") or "",
            "kind": shown.definition.get("kind") or "",
            "definition": shown.definition.as_dict(),
            "versions": versions,
        }

    async def versions(self, agent: str) -> list[str]:
        """Return the versions of an agent, the newest first."""
        project = await self._clients.project()
        return [version.version async for version in project.agents.list_versions(agent)]

    async def check(self, agent: str) -> None:
        """Look an agent, or a version of it, up."""
        name, _, version = agent.partition(":")
        place = f"/versions/{quote(version, safe='')}" if version else ""
        path = f"/agents/{quote(name, safe='')}{place}?api-version=v1"
        await self._wire.fetch("GET", path, f"agent '{agent}'")


def _version(version: AgentVersionDetails) -> Json:
    return {
        "version": version.version,
        "created_at": version.created_at.isoformat(),
        "description": version.description or "",
        "metadata": dict(version.metadata or {}),
    }
