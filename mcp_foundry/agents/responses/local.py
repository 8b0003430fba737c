"""Agents on this machine: hosted agents in the making, each a server of the Responses protocol.

Such a server knows no agents, versions or conversations; it can only be asked whether it is there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

from mcp_foundry.contract.agents import Agent, Agents
from mcp_foundry.contract.errors import FoundryError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcp_foundry.contract.json import Json
    from mcp_foundry.service.wire import Wire

# As Microsoft's server has it, by the contract of hosted agents.
_READINESS = "/readiness"
# A server that does not answer in that time is not ready, and no listing waits for it.
_SECONDS = 2.0


class LocalCatalog:
    """Says which of them are running."""

    def __init__(self, wire: Wire, urls: Mapping[str, str]) -> None:
        self._wire = wire
        self._urls = urls

    async def list(self) -> Agents:
        """Return the agents, each with whether it is ready."""
        found = {name: _agent(name, url) for name, url in self._urls.items()}

        async def look(name: str) -> None:
            try:
                await self.check(name)
            except FoundryError:
                found[name].state = "not running"

        async with anyio.create_task_group() as tasks:
            for name in found:
                tasks.start_soon(look, name)
        return Agents(agents=list(found.values()))

    async def describe(self, agent: str) -> Json:
        """Return what is known of an agent."""
        name = agent.partition(":")[0]
        await self.check(name)
        return _agent(name, self._urls[name]).model_dump()

    async def versions(self, agent: str) -> list[str]:  # noqa: ARG002 - the current generation looks
        """Return none."""
        return []

    def known_inputs(self, agent: str) -> Json | None:  # noqa: ARG002 - the current generation looks
        """Return None: its server takes what it takes."""
        return None

    async def inputs(self, agent: str) -> Json | None:
        """Return the same."""
        return self.known_inputs(agent)

    async def check(self, agent: str) -> str:
        """Look whether an agent's server answers, whatever that is; it tells no version."""
        about, url = f"agent '{agent}'", self._urls[agent.partition(":")[0]]
        try:
            with anyio.fail_after(_SECONDS):
                await self._wire.fetch("GET", f"{url}{_READINESS}", about)
        except TimeoutError:
            raise FoundryError(
                "timeout", f"{about}: no answer from {url} within {_SECONDS:g} s. Is it busy?"
            ) from None
        except FoundryError as failure:
            # A server that has no such route is there all the same.
            if failure.status is None or failure.code == "service_unavailable":
                raise
        return ""


def _agent(name: str, url: str) -> Agent:
    return Agent(
        name=name,
        generation="responses",
        kind="local",
        state="ready",
        description=f"Runs on this machine, at {url}",
    )
