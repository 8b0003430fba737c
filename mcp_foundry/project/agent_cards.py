"""What agents with a tool of their own are for, and take: read once, and kept for the next start.

A start must not wait for a network, and a tool must not change while a host has it: so what was
read is kept in the user's cache folder, and a change is seen by the start after the next listing.
"""

from __future__ import annotations

import json
import logging
import os
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple, cast

import anyio

from mcp_foundry.contract.json import object_in, objects_in, text_in
from mcp_foundry.service.explain import explain

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable
    from pathlib import Path

    from mcp_foundry.contract.json import Json
    from mcp_foundry.settings.values import Settings

logger = logging.getLogger(__name__)

# Seconds that a first listing waits for definitions; without one an agent's tool is a general one.
_SECONDS = 5.0
_FORMAT = 1
_KEPT = ("description", "required", "schema")


class AgentCard(NamedTuple):
    """What is told of an agent.

    Attributes:
        description: What it is for.
        skills: What it can do, by name.
        inputs: The structured inputs that it declares, by name; None where that is not known.
    """

    description: str = ""
    skills: tuple[str, ...] = ()
    inputs: Json | None = None

    def as_json(self) -> Json:
        """Return what is kept of it."""
        skills = [{"name": skill} for skill in self.skills]
        return {"description": self.description, "skills": skills, "inputs": self.inputs}


class AgentCards:
    """The cards of some agents.

    Args:
        settings: Which project it is.
        describe: Reads what the project says of an agent.
    """

    def __init__(self, settings: Settings, describe: Callable[[str], Awaitable[Json]]) -> None:
        self._settings = settings
        self._describe = describe

    async def of(self, agents: Iterable[str]) -> tuple[dict[str, AgentCard], bool]:
        """Return the cards, and whether all of them were kept from an earlier start.

        Of an agent that cannot be read in time there is none.
        """
        kept = await anyio.to_thread.run_sync(self._kept)
        known = {agent: kept[agent] for agent in agents if agent in kept}
        missing = [agent for agent in agents if agent not in kept]
        if missing:
            known |= await self.read(missing)
        return known, not missing

    async def read(self, agents: Iterable[str]) -> dict[str, AgentCard]:
        """Read cards, all at once, and keep them for the next start."""
        found: dict[str, AgentCard] = {}

        async def read(agent: str) -> None:
            try:
                found[agent] = _card(await self._describe(agent))
            except Exception as exception:  # noqa: BLE001 - a tool without its card does, too
                logger.info("%s", explain(exception, f"agent '{agent}'", self._settings))

        with anyio.move_on_after(_SECONDS):
            async with anyio.create_task_group() as tasks:
                for agent in agents:
                    tasks.start_soon(read, agent)
        if found:
            await anyio.to_thread.run_sync(self._keep, found)
        return found

    def _place(self) -> Path:
        from platformdirs import user_cache_path

        settings = self._settings
        project = json.dumps([settings.endpoint, sorted(settings.local.items())])
        name = sha256(project.encode()).hexdigest()[:16]
        return user_cache_path("mcp-foundry") / f"agents-{name}.json"

    def _kept(self) -> dict[str, AgentCard]:
        try:
            kept = object_in(json.loads(self._place().read_text(encoding="utf-8")))
        except (OSError, ValueError, RecursionError) as missing:
            logger.info("No agents are kept from an earlier start: %s", missing)
            return {}
        if kept.get("format") != _FORMAT:
            return {}
        return {
            name: _card(object_in(card)) for name, card in object_in(kept.get("agents")).items()
        }

    def _keep(self, cards: dict[str, AgentCard]) -> None:
        whole = {**self._kept(), **cards}
        agents = {name: card.as_json() for name, card in whole.items()}
        place = self._place()
        # Several servers may share it: whoever reads it meets a whole file.
        draft = place.with_suffix(f".{os.getpid()}")
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            draft.write_text(json.dumps({"format": _FORMAT, "agents": agents}), encoding="utf-8")
            draft.replace(place)
        except OSError as wrong:
            logger.info("The agents' definitions are not kept for the next start: %s", wrong)


def _card(told: Json) -> AgentCard:
    """Return the card that a description holds, or a card that was kept."""
    skills = [text_in(skill.get("name")) for skill in objects_in(told.get("skills"))]
    declared: object = told.get("inputs")
    if told.get("kind") != "local" and "definition" in told:
        declared = object_in(told["definition"]).get("structured_inputs") or {}
    inputs: Json | None = None
    if isinstance(declared, dict):
        inputs = {}
        for name, value in object_in(cast("object", declared)).items():
            each = object_in(value)
            inputs[name] = {key: each[key] for key in _KEPT if key in each}
    description = text_in(told.get("card")) or text_in(told.get("description"))
    return AgentCard(description, tuple(filter(None, skills)), inputs)
