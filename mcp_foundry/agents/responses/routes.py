"""At which place an agent of the current generation is asked."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import anyio

from mcp_foundry.agents.responses.memory import Memory
from mcp_foundry.agents.responses.profiles import Profiles
from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.service.places import PROJECT, Place, endpoint_of

if TYPE_CHECKING:
    from mcp_foundry.agents.question import Question, RunIds
    from mcp_foundry.service.wire import Wire
    from mcp_foundry.settings.values import Settings

HOSTED = "hosted"
# How the ids of hosted agents' responses begin.
_HOSTED_ID = "caresp_"
# A refusal with which the project may mean that an agent is not asked there. Of which words it
# makes use is not known (a 400 about an id was seen in 2026).
_MISDIRECTED = frozenset({400, 404, 405, 422})
# Seconds by which a question that was refused may be told so later.
_LONGEST_LOOK = 5.0
_CODES = frozenset({"invalid_request", "agent_not_found"})


class Routes:
    """Finds the place for a question, and for the id of an answer.

    Prompt agents are asked through the project, and pay no request for that to be known. Hosted
    ones answer at their own endpoint only: they are known by a listing, by their ids, or by one
    look after the project refused a question, which took nothing. One whose operator pinned it to
    another version than the newest is asked at its own endpoint too, where the pin holds.

    Attributes:
        memory: What earlier responses said.
        profiles: What the project said of its agents.
    """

    def __init__(self, wire: Wire, settings: Settings) -> None:
        self.memory = Memory()
        self.profiles = Profiles(wire)
        self._settings = settings
        # Many questions at once may be refused before the first look is over.
        self._looking = anyio.Lock()
        self._local = {name: Place(url, name, local=True) for name, url in settings.local.items()}

    def local(self, agent: str) -> Place | None:
        """Return the place of an agent on this machine."""
        return self._local.get(agent.partition(":")[0])

    def of(self, question: Question) -> Place:
        """Return where a question is asked.

        Raises:
            FoundryError: `invalid_request`, for a version of an agent on this machine.
        """
        name, _, version = question.agent.partition(":")
        if local := self._local.get(name):
            if version:
                raise FoundryError(
                    "invalid_request",
                    f"agent '{question.agent}': '{name}' runs on this machine, and has no "
                    f"versions. Pass agent='{name}'.",
                )
            return local
        if self._settings.route == "agent":
            return endpoint_of(name)
        home = self.memory.home(question.conversation_id)
        if home and home.agent.partition(":")[0] == name:
            return home.place
        return endpoint_of(name) if self._answers_itself(question) else PROJECT

    def _answers_itself(self, question: Question) -> bool:
        name, _, version = question.agent.partition(":")
        profile = self.profiles.known(name)
        if profile is None:
            return question.conversation_id.startswith(_HOSTED_ID)
        return profile.kind == HOSTED or (profile.pinned and not version)

    async def misdirected(self, question: Question, asked: Place, refusal: FoundryError) -> bool:
        """Whether a question was refused because it was asked at the wrong place, looked up once.

        Args:
            question: What was asked.
            asked: Where.
            refusal: What was said to it.
        """
        name = question.agent.partition(":")[0]
        if asked != PROJECT or refusal.status not in _MISDIRECTED or refusal.code not in _CODES:
            return False
        async with self._looking:
            if self.profiles.known(name) is None:
                # Where that fails, the refusal says more.
                with anyio.move_on_after(_LONGEST_LOOK), suppress(FoundryError):
                    await self.profiles.read(name)
        return self.of(question) != PROJECT

    def of_answer(self, ids: RunIds) -> list[Place]:
        """Return where an answer may be, the likeliest first."""
        name, _, identifier = ids.answer_id.rpartition("/")
        if home := self.memory.home(identifier):
            return [home.place]
        if local := self._local.get(name):
            return [local]
        return [endpoint_of(name), PROJECT] if name else self._candidates(identifier, ids.agent)

    def _candidates(self, identifier: str, agent: str) -> list[Place]:
        """Return where a response may be whose agent is not surely known, the likeliest first."""
        settings, local = self._settings, list(self._local.values())
        if not settings.endpoint:
            return local
        narrow = settings.route == "agent"
        if not narrow and not identifier.startswith(_HOSTED_ID):
            return [PROJECT, *local]
        names = [agent.partition(":")[0], settings.agent.partition(":")[0]]
        names += sorted(each.partition(":")[0] for each in settings.agents)
        own = [endpoint_of(name) for name in dict.fromkeys(filter(None, names))]
        own = [place for place in own if place.agent not in self._local]
        return [*own, *local, PROJECT] if narrow else [PROJECT, *local, *own]
