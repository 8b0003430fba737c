"""Whether what the settings name is there: agents, deployments, a memory store."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

import anyio

from mcp_foundry.commands.checking.line import Line
from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.contract.identifiers import check_agent
from mcp_foundry.contract.json import objects_in, text_in
from mcp_foundry.project.memories import PREVIEW
from mcp_foundry.project.roster import Roster, nearest
from mcp_foundry.settings.variables import VARIABLES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from mcp_foundry.project.session import FoundrySession

_NOT_THERE = 404
_MISNAMED = frozenset({"agent_not_found", "invalid_request", "not_allowed"})


class Look(NamedTuple):
    """Something to look for.

    Attributes:
        what: As a person calls it.
        name: Its own name; empty where none is set.
        find: Finds it, and says how it is.
    """

    what: str
    name: str
    find: Callable[[], Awaitable[Line]]


class _Kind(NamedTuple):
    """A kind of thing that the project lists.

    Attributes:
        noun: One of it.
        path: Where it is, below the project.
        listed: The field of a page that holds them.
        headers: What such a request needs.
    """

    noun: str
    path: str
    listed: str
    headers: Mapping[str, str] = {}


_DEPLOYMENT = _Kind("deployment", "/deployments", "value")
# Through which a model is named that is none of the project's own, as in `gateway/gpt-4o`.
_CONNECTION = _Kind("connection", "/connections", "value")
_STORE = _Kind("memory store", "/memory_stores", "data", PREVIEW)
_THINGS = (
    ("model", "model", _DEPLOYMENT),
    ("image model", "image_model", _DEPLOYMENT),
    ("memory store", "memory_store", _STORE),
)


class Names:
    """The names in the settings of an open project."""

    def __init__(self, foundry: FoundrySession) -> None:
        self._foundry = foundry
        self._settings = foundry.settings
        # Of the names that are not allowed, too: one of the allow-list may be the misspelt one.
        everyone = replace(self._settings, agents=frozenset())
        self._roster = Roster(foundry.generations, everyone)

    def local(self) -> list[Look]:
        """Return the agents on this machine."""
        return [
            self._agent(f"agent '{name}' on this machine", name) for name in self._settings.local
        ]

    def listed(self) -> list[Look]:
        """Return the agents of the lists in the settings, but for those on this machine."""
        settings, local = self._settings, self._settings.local
        lists = (("allowed agent", "agents"), ("agent with a tool", "agent_tools"))
        return [
            self._agent(what, name, field)
            for what, field in lists
            for name in sorted(getattr(settings, field))
            if name.partition(":")[0] not in local
        ]

    def of_project(self) -> list[Look]:
        """Return all that is to be in the project."""
        settings = self._settings
        default = (
            self._agent("default agent", settings.agent, "agent")
            if settings.agent
            else Look("default agent", "", _no_default)
        )
        things = [
            Look(what, name, partial(self._find_thing, what, name, field, kind))
            for what, field, kind in _THINGS
            if (name := getattr(settings, field))
        ]
        return [default, *self.listed(), *things]

    def _agent(self, what: str, name: str, field: str = "") -> Look:
        return Look(what, name, partial(self._find_agent, what, name, field))

    async def _find_agent(self, what: str, name: str, field: str) -> Line:
        try:
            check_agent(name)
            self._foundry.check_allowed(name)
            seen = await self._foundry.generations.catalog_of(name).check(name)
        except FoundryError as failure:
            if self._settings.endpoint:
                failure = await self._roster.explain(failure, name)
            remedy = _correct(field) if field and failure.code in _MISNAMED else ""
            return Line("FAIL", what, f"{failure.code}: {failure} {remedy}")
        if seen is None:
            return Line("skip", what, f"{name} may be asked, and this role may not look for it")
        return Line("ok", what, self._settings.local.get(name, name))

    async def _find_thing(self, what: str, name: str, field: str, kind: _Kind) -> Line:
        sought, behind, _ = name.partition("/") if kind is _DEPLOYMENT else (name, "", "")
        kind = _CONNECTION if behind else kind
        about = f"{kind.noun} '{sought}'"
        try:
            await self._fetch(kind, f"/{quote(sought, safe='')}", about)
        except FoundryError as failure:
            if failure.status != _NOT_THERE:
                return _unknown(what, failure)
        else:
            return Line("ok", what, name)
        # A project that has no such things at all says the same of one.
        try:
            page = await self._fetch(kind, "", f"the {kind.noun}s")
        except FoundryError as failure:
            return _unknown(what, failure)
        there = [text_in(each.get("name")) for each in objects_in(page.get(kind.listed))]
        names = ", ".join(nearest(sought, there))
        known = f" The nearest names: {names}." if names else ""
        known = known if there else f" It has no {kind.noun}s."
        return Line("FAIL", what, f"the project has no {about}. {_correct(field)}{known}")

    async def _fetch(self, kind: _Kind, place: str, about: str) -> Mapping[str, object]:
        path = f"{kind.path}{place}?api-version=v1"
        return await self._foundry.wire.fetch("GET", path, about, headers=kind.headers)


async def look_at(looks: list[Look], at_once: int) -> list[Line]:
    """Return a line for each, in their order; so many are looked for at once."""
    found: dict[int, Line] = {}
    limiter = anyio.CapacityLimiter(at_once)

    async def find(place: int) -> None:
        async with limiter:
            found[place] = await looks[place].find()

    async with anyio.create_task_group() as tasks:
        for place in range(len(looks)):
            tasks.start_soon(find, place)
    return [found[place] for place in range(len(looks))]


async def _no_default() -> Line:
    unset = "none set (FOUNDRY_AGENT_NAME), so every call has to name one"
    return Line("ok", "default agent", unset)


def _unknown(what: str, failure: FoundryError) -> Line:
    """Return what is told where it was not found out: who may not look may be right."""
    if failure.code == "forbidden":
        return Line("skip", what, f"not looked for, which this role may not: {failure}")
    return Line("FAIL", what, f"{failure.code}: {failure}")


def _correct(field: str) -> str:
    variable = next(each for each in VARIABLES if each.field == field)
    return f"Correct {variable.names[0]} ({variable.flag})."
