"""What agents with a tool of their own are for, and take: read once, and kept for the next start.

A start must not wait for a network, and a tool must not change while a host has it: so what was
read is kept in the user's cache folder, and a change is seen by the start after the next listing.
"""

from __future__ import annotations

import json
import logging
from hashlib import sha256
from secrets import token_hex
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import anyio

from mcp_foundry.contract.json import object_in, objects_in, text_in
from mcp_foundry.service.explain import explain

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterable
    from pathlib import Path

    from mcp_foundry.contract.json import Json
    from mcp_foundry.settings.values import Settings

logger = logging.getLogger(__name__)

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
        begin: Does something in the background.
    """

    def __init__(
        self,
        settings: Settings,
        describe: Callable[[str], Awaitable[Json]],
        begin: Callable[[Callable[[], Coroutine[Any, Any, None]]], None],
    ) -> None:
        self._settings = settings
        self._describe = describe
        self._begin = begin

    async def of(self, agents: Iterable[str]) -> dict[str, AgentCard]:
        """Return the cards that were kept, or can be read in time.

        What was kept is read anew for the next start, as is what takes longer. Agents on this
        machine have no cards.
        """
        there = [agent for agent in agents if agent.partition(":")[0] not in self._settings.local]
        kept = await anyio.to_thread.run_sync(self._kept)
        missing = [agent for agent in there if agent not in kept]
        found: dict[str, AgentCard] = {}
        read = anyio.Event()

        async def catch_up() -> None:
            await self._read(missing, found)
            read.set()
            await self._read([agent for agent in there if agent in kept], {})

        self._begin(catch_up)
        if missing:
            # Without its card an agent's tool is a general one; the next start has it.
            with anyio.move_on_after(self._settings.limits.listing):
                await read.wait()
        known = {**kept, **found}
        return {agent: known[agent] for agent in there if agent in known}

    async def _read(self, agents: Iterable[str], found: dict[str, AgentCard]) -> None:
        """Read cards into `found`, all at once, and keep them for the next start."""

        async def read(agent: str) -> None:
            try:
                found[agent] = _card(await self._describe(agent))
            except Exception as exception:  # noqa: BLE001 - a tool without its card does, too
                logger.info("%s", explain(exception, f"agent '{agent}'", self._settings))

        async with anyio.create_task_group() as tasks:
            for agent in agents:
                tasks.start_soon(read, agent)
        if found:
            await anyio.to_thread.run_sync(self._keep, found)

    def _place(self) -> Path:
        from platformdirs import user_cache_path

        settings = self._settings
        project = json.dumps([settings.endpoint, sorted(settings.local.items())])
        name = sha256(project.encode()).hexdigest()[:16]
        return user_cache_path("mcp-foundry") / f"agents-{name}.json"

    def _kept(self) -> dict[str, AgentCard]:
        try:
            kept = object_in(json.loads(self._place().read_text(encoding="utf-8")))
            agents = object_in(kept.get("agents")) if kept.get("format") == _FORMAT else {}
            return {
                name: _card(object_in(card)) for name, card in agents.items() if object_in(card)
            }
        except Exception as wrong:  # noqa: BLE001 - whatever it is, they are read instead
            logger.info("No agents are kept from an earlier start: %s", wrong)
            return {}

    def _keep(self, cards: dict[str, AgentCard]) -> None:
        agents = {name: card.as_json() for name, card in {**self._kept(), **cards}.items()}
        try:
            place = self._place()
            place.parent.mkdir(parents=True, exist_ok=True)
            # Several servers may share it, from several machines or containers: whoever reads it
            # meets a whole file.
            draft = place.with_suffix(f".{token_hex(8)}")
            try:
                draft.write_text(json.dumps({"format": _FORMAT, "agents": agents}), "utf-8")
                draft.replace(place)
            finally:
                draft.unlink(missing_ok=True)
        except Exception as wrong:  # noqa: BLE001 - the next start reads them, as this one did
            logger.info("The agents' definitions are not kept for the next start: %s", wrong)


def _card(told: Json) -> AgentCard:
    """Return the card that a description holds, or a card that was kept."""
    skills = [text_in(skill.get("name")) for skill in objects_in(told.get("skills"))]
    declared: object = told.get("inputs")
    if "definition" in told:
        declared = object_in(told["definition"]).get("structured_inputs") or {}
    inputs: Json | None = None
    if isinstance(declared, dict):
        named = object_in(cast("object", declared))
        inputs = {name: _input(object_in(each)) for name, each in named.items()}
    description = text_in(told.get("card")) or text_in(told.get("description"))
    return AgentCard(description, tuple(filter(None, skills)), inputs)


def _input(declared: Json) -> Json:
    kept = {key: declared[key] for key in _KEPT if key in declared}
    return {**kept, "schema": _without_values(kept.get("schema"))}


def _without_values(schema: object) -> object:
    """Return a schema without the values that stand for those left out, which may be secret."""
    if isinstance(schema, list):
        return [_without_values(each) for each in cast("list[object]", schema)]
    if not isinstance(schema, dict):
        return schema
    kept: Json = {}
    for key, value in object_in(cast("object", schema)).items():
        if key == "properties" and isinstance(value, dict):
            parts = object_in(cast("object", value))
            kept[key] = {name: _without_values(part) for name, part in parts.items()}
        elif key != "default":
            kept[key] = value if key in {"enum", "const"} else _without_values(value)
    return kept
