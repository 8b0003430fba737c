"""Responses that are at the service: read, gone on with, looked for and cancelled."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from mcp_foundry.agents.question import LastTurn, Question, RunIds
from mcp_foundry.agents.responses.answers import answer_of, ids_of
from mcp_foundry.agents.responses.finding import Listing
from mcp_foundry.agents.responses.pending import pending_in
from mcp_foundry.agents.responses.sessions import Sessions
from mcp_foundry.contract.errors import FoundryError, NotSent
from mcp_foundry.contract.json import objects_in
from mcp_foundry.service.places import ELSEWHERE, PROJECT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from contextlib import AsyncExitStack

    from mcp_foundry.agents.responses.routes import Routes
    from mcp_foundry.contract.answers import Answer
    from mcp_foundry.contract.json import Json
    from mcp_foundry.service.places import Place
    from mcp_foundry.service.wire import Wire

T = TypeVar("T")
_BROKEN = 500
# An agent's own endpoint may be all that the caller's role is for.
_ROLE = frozenset({"forbidden", "unauthenticated"})


class StoredResponses:
    """Finds responses where they are.

    Args:
        wire: The way to the service.
        routes: Which place that is.
    """

    def __init__(self, wire: Wire, routes: Routes) -> None:
        self._wire = wire
        self._routes = routes
        self._memory = routes.memory
        self._sessions = Sessions(wire, routes.memory)
        self._listing = Listing(wire)

    async def resume(
        self, ids: RunIds, after: int | None, stack: AsyncExitStack
    ) -> AsyncIterator[bytes]:
        """Go on reading a response's stream behind an event, or from its beginning."""
        query = "stream=true" if after is None else f"stream=true&starting_after={after}"

        async def at(place: Place) -> AsyncIterator[bytes]:
            path = place.response(_own_id(ids), query=query)
            stream = self._wire.stream(path, f"answer '{ids.answer_id}'")
            return await stack.enter_async_context(stream)

        return await at_its_place(self._routes.of_answer(ids), at)

    async def fetch(self, ids: RunIds) -> Answer:
        """Return the response as the service has it.

        Where reading one by its id fails (which SDK tests of 2025 note of agents' responses), it is
        read from the list.
        """
        places = self._routes.of_answer(ids)
        about = f"answer '{ids.answer_id}'"

        async def at(place: Place) -> tuple[Place, Json]:
            return place, await self._wire.fetch("GET", place.response(_own_id(ids)), about)

        try:
            place, response = await at_its_place(places, at)
        except FoundryError as failure:
            if failure.status != _BROKEN or PROJECT not in places:
                raise
            listed = await self._listing.response(ids)
            if listed is None:
                raise
            place, response = PROJECT, listed
        question = Question("", ids.agent, ids.conversation_id)
        if found := ids_of(response, question, None, place):
            self._memory.settle(response, found, place)
        answer = answer_of(response, question, place)
        self._memory.keep(answer.pending)
        return answer

    async def is_lost(self, ids: RunIds, *, streams: bool) -> bool:
        """Whether a response that says it is under way can come to no end any more.

        A hosted agent's session tells it. A server on this machine has none to look at: its streams
        live as long as its process, and so does what was under way in it.
        """
        place = self._routes.of_answer(ids)[0]
        if place.local:
            return not streams
        return place.own and await self._sessions.is_dead(ids, place)

    async def find(self, question: Question, conversation_id: str) -> RunIds | None:
        """Return the response that carries the question's mark, or certainly answers it."""
        if question.place and question.place.local:
            return None  # such a server lists nothing
        return await self._listing.find(question, conversation_id)

    async def cancel(self, ids: RunIds) -> None:
        """Stop the response; closing its stream alone would leave it running."""

        async def at(place: Place) -> Json:
            path = place.response(_own_id(ids), "/cancel")
            return await self._wire.fetch("POST", path, f"answer '{ids.answer_id}'", body={})

        await at_its_place(self._routes.of_answer(ids), at)

    async def newest(self, conversation_id: str) -> LastTurn:
        """Return what a response, or the newest of a durable conversation, says of itself."""
        place = PROJECT
        if conversation_id.startswith("conv_"):
            response = await self._listing.newest(RunIds(conversation_id, conversation_id, ""))
        else:
            place, response = await self._response(conversation_id)
        found = ids_of(response, Question("", place.agent, conversation_id), None, place)
        pending = pending_in(objects_in(response.get("output")))
        self._memory.keep(pending)
        if found:
            self._memory.settle(response, found, place)
        return LastTurn(found.agent if found else "", tuple(pending))

    async def _response(self, identifier: str) -> tuple[Place, Json]:
        ids, about = RunIds(identifier, "", ""), f"conversation '{identifier}'"

        async def at(place: Place) -> tuple[Place, Json]:
            return place, await self._wire.fetch("GET", place.response(_own_id(ids)), about)

        return await at_its_place(self._routes.of_answer(ids), at)


def _own_id(ids: RunIds) -> str:
    return ids.answer_id.rpartition("/")[2]


async def at_its_place(places: list[Place], ask: Callable[[Place], Awaitable[T]]) -> T:
    """Ask where a response may be, one place after the other, until one has it.

    The first place is the likeliest: what it said is told, unless a later one failed otherwise.
    """
    first: FoundryError | None = None
    for place in places:
        try:
            return await ask(place)
        except FoundryError as failure:  # noqa: PERF203 - a few places, each a request
            # Another agent on this machine need not be running.
            elsewhere = failure.status in ELSEWHERE or (
                place.local and isinstance(failure, NotSent)
            )
            if not elsewhere and not (first and failure.code in _ROLE):
                raise
            first = first or failure
    raise first or FoundryError("internal", "There is no place to look for a response.")
