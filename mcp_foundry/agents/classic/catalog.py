"""The agents of the classic generation, which have no versions."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from mcp_foundry.contract.agents import Agent, Agents
from mcp_foundry.service.explain import explain

if TYPE_CHECKING:
    from azure.ai.agents.models import Agent as ClassicAgent

    from mcp_foundry.contract.json import Json
    from mcp_foundry.service.clients import Clients
    from mcp_foundry.service.wire import Wire


class ClassicCatalog:
    """Looks agents up through the client of the classic API."""

    def __init__(self, wire: Wire, clients: Clients) -> None:
        self._wire = wire
        self._clients = clients

    async def list(self) -> Agents:
        """Return the agents; a note where that is not possible."""
        agents = await self._clients.agents()
        try:
            return Agents(agents=[_agent(each) async for each in agents.list_agents(limit=100)])
        except Exception as refusal:  # noqa: BLE001 - a project may have the classic API switched off
            why = explain(refusal, "list_agents")
            return Agents(agents=[], note=f"The classic agents (asst_…) are not listed: {why}")

    async def describe(self, agent: str) -> Json:
        """Return the definition of `asst_…`."""
        found = await (await self._clients.agents()).get_agent(agent)
        return _agent(found).model_dump() | {"definition": found.as_dict(), "versions": []}

    async def versions(self, agent: str) -> list[str]:  # noqa: ARG002 - the current generation looks
        """Return none."""
        return []

    def known_inputs(self, agent: str) -> Json | None:  # noqa: ARG002 - the current generation looks
        """Return that there are none."""
        return {}

    async def inputs(self, agent: str) -> Json | None:
        """Return the same."""
        return self.known_inputs(agent)

    async def check(self, agent: str) -> str:
        """Look an agent up; it has no versions."""
        path = f"/assistants/{quote(agent, safe='')}?api-version=v1"
        await self._wire.fetch("GET", path, f"agent '{agent}'")
        return ""


def _agent(listed: ClassicAgent) -> Agent:
    return Agent(
        name=listed.id,
        generation="classic",
        model=listed.model,
        description=listed.description or "",
        kind="prompt",
        display_name=listed.name or "",
    )
