"""Which agents there are, told to whoever asked for one that is not there."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

import anyio

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mcp_foundry.agents.generation import Generations
    from mcp_foundry.contract.agents import Agent
    from mcp_foundry.contract.errors import FoundryError
    from mcp_foundry.settings.values import Settings

_NEAREST = 5
_ALIKE = 0.5
# A batch may name a thousand that are not there: one listing serves them all.
_FRESH = 10.0


def nearest(name: str, there: Iterable[str]) -> list[str]:
    """Return the names that are most like one that is not there; where there are few, all."""
    # Who may not list agents is told the settings' own.
    known = {each.lower(): each for each in there if each != name}
    alike = get_close_matches(name.lower(), known, _NEAREST, _ALIKE)
    alike += [each for each in known if name.lower() in each and each not in alike]
    few = sorted(known) if len(known) <= _NEAREST else []
    return [known[each] for each in alike[:_NEAREST] or few]


class Roster:
    """The agents of the project, listed when somebody missed one."""

    def __init__(self, generations: Generations, settings: Settings) -> None:
        self._generations = generations
        self._settings = settings
        self._lock = anyio.Lock()
        self._listed: list[Agent] = []
        self._until = 0.0

    async def explain(self, failure: FoundryError, agent: str) -> FoundryError:
        """Return a failure; where it says that `agent` is not there, with the nearest that are."""
        if failure.code != "agent_not_found" or not agent:
            return failure
        name = agent.partition(":")[0]
        try:
            there = {each.name: each.version for each in await self._agents()}
        except Exception:  # noqa: BLE001 - what is known is said all the same
            return failure
        if agent != name and there.get(name):
            return failure.told_as(
                f"{failure} Agent '{name}' is there; its newest version is {there[name]}."
            )
        names = ", ".join(nearest(name, there))
        return failure.told_as(f"{failure} The nearest names: {names}.") if names else failure

    async def _agents(self) -> list[Agent]:
        async with self._lock:
            if anyio.current_time() > self._until:
                listed = await self._generations.list_agents()
                self._listed = [a for a in listed.agents if self._settings.may_ask(a.name)]
                self._until = anyio.current_time() + _FRESH
            return self._listed
