"""The current generation: the Responses API, with agents named by `agent_reference`."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from mcp_foundry.agents.question import CORRELATION, LastTurn, Question, RunIds
from mcp_foundry.agents.responses.answers import answer_of, ids_of
from mcp_foundry.agents.responses.finding import Listing
from mcp_foundry.agents.responses.pending import output_of, pending_in
from mcp_foundry.agents.responses.places import CREATE, places_of
from mcp_foundry.agents.responses.reading import ResponseReader
from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.contract.json import objects_in

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from contextlib import AsyncExitStack

    from mcp_foundry.agents.question import Reply
    from mcp_foundry.agents.reader import RunReader
    from mcp_foundry.contract.answers import Answer, GenerationName, Pending
    from mcp_foundry.contract.json import Json
    from mcp_foundry.service.wire import Wire

T = TypeVar("T")
# What a question can do without: a route that refuses one of these took nothing.
_OPTIONAL = ("background", "metadata")
# How a place says that a response is not there.
_ELSEWHERE = frozenset({400, 404, 405, 501})
_BROKEN = 500
# How a service says that a request is not as it should be.
_UNREADABLE = frozenset({400, 422})
# Pending items that are remembered, so that a reply has the shape that its call asks for.
_REMEMBERED = 1000


class Responses:
    """Asks agents of the current generation.

    Args:
        wire: The way to the service.
        background: Whether runs are asked for in the service's background.
    """

    name: GenerationName = "responses"
    waits_at_service = False

    def __init__(self, wire: Wire, *, background: bool) -> None:
        self._wire = wire
        self._listing = Listing(wire)
        self._omitted = frozenset[str]() if background else frozenset({"background"})
        # By agent: what its route refused, so that a refusal costs one request once.
        self._refused: dict[str, frozenset[str]] = {}
        self._pending: OrderedDict[str, Pending] = OrderedDict()

    async def prepare(self, question: Question) -> Question:
        """Replace `new` with a conversation that was just created.

        Raises:
            FoundryError: `invalid_request` for a reply to what takes none.
        """
        for reply in question.replies:
            item = self._pending.get(reply.id)
            if item is not None and item.kind == "oauth_consent":
                raise FoundryError(
                    "invalid_request",
                    f"reply '{reply.id}' is to a sign-in, which takes no reply. Once the person "
                    "has signed in, ask to go on with a message and the same conversation_id.",
                )
        if question.conversation_id != "new":
            return question
        made = await self._wire.fetch("POST", "/openai/v1/conversations", question.about, body={})
        return replace(question, conversation_id=str(made["id"]))

    async def open(self, question: Question, stack: AsyncExitStack) -> AsyncIterator[bytes]:
        """Send the question.

        It runs in the background of the service, since a response that does not is cancelled with
        its connection. A service that refuses that, or the mark by which a response is found again,
        took nothing and is asked without, from then on.
        """
        name = question.agent.partition(":")[0]
        while True:
            omitted = self._omitted | self._refused.get(name, frozenset())
            body = {
                key: value for key, value in self._request(question).items() if key not in omitted
            }
            try:
                stream = self._wire.stream(CREATE, question.about, body)
                return await stack.enter_async_context(stream)
            except FoundryError as refusal:
                refused = _refused_options(refusal) & body.keys()
                if not refused:
                    raise
                self._refused[name] = self._refused.get(name, frozenset()) | refused

    def reader(self, question: Question) -> RunReader:
        """Return what reads a response's stream."""
        return ResponseReader(question, self._remember)

    async def resume(
        self, ids: RunIds, after: int | None, stack: AsyncExitStack
    ) -> AsyncIterator[bytes]:
        """Go on reading a response's stream behind an event, or from its beginning."""
        query = "&stream=true" if after is None else f"&stream=true&starting_after={after}"

        async def at(place: str) -> AsyncIterator[bytes]:
            stream = self._wire.stream(place, f"answer '{ids.answer_id}'")
            return await stack.enter_async_context(stream)

        return await _at_its_place(places_of(ids, query=query), at)

    async def fetch(self, ids: RunIds) -> Answer:
        """Return the response as the service has it.

        Where reading one by its id fails (which SDK tests of 2025 note of agents' responses), it is
        read from the list.
        """

        async def at(place: str) -> Json:
            return await self._wire.fetch("GET", place, f"answer '{ids.answer_id}'")

        try:
            response = await _at_its_place(places_of(ids), at)
        except FoundryError as failure:
            if failure.status != _BROKEN:
                raise
            listed = await self._listing.response(ids)
            if listed is None:
                raise
            response = listed
        answer = answer_of(response, Question("", ids.agent, ids.conversation_id))
        self._remember(answer)
        return answer

    async def find(self, question: Question, conversation_id: str) -> RunIds | None:
        """Return the response that carries the question's mark, or certainly answers it."""
        return await self._listing.find(question, conversation_id)

    async def cancel(self, ids: RunIds) -> None:
        """Stop the response; closing its stream alone would leave it running."""

        async def at(place: str) -> Json:
            return await self._wire.fetch("POST", place, f"answer '{ids.answer_id}'", body={})

        await _at_its_place(places_of(ids, "/cancel"), at)

    async def newest(self, conversation_id: str) -> LastTurn:
        """Return what a response, or the newest of a durable conversation, says of itself."""
        ids = RunIds(conversation_id, conversation_id, "")
        if conversation_id.startswith("conv_"):
            response = await self._listing.newest(ids)
        else:
            about = f"conversation '{conversation_id}'"
            response = await self._wire.fetch("GET", places_of(ids)[0], about)
        found = ids_of(response, Question("", "", conversation_id))
        pending = pending_in(objects_in(response.get("output")))
        self._pending.update({item.id: item for item in pending})
        return LastTurn(found.agent if found else "", tuple(pending))

    def _remember(self, answer: Answer) -> None:
        for item in answer.pending:
            self._pending[item.id] = item
        while len(self._pending) > _REMEMBERED:
            self._pending.popitem(last=False)

    def _request(self, question: Question) -> Json:
        body: Json = {"input": question.message, "stream": True, "store": True, "background": True}
        if question.replies:
            body["input"] = [self._reply_item(reply) for reply in question.replies]
        name, _, version = question.agent.partition(":")
        body["agent_reference"] = {"type": "agent_reference", "name": name}
        if version:
            body["agent_reference"]["version"] = version
        if question.conversation_id.startswith("conv_"):
            body["conversation"] = question.conversation_id
        elif question.conversation_id:
            body["previous_response_id"] = question.conversation_id
        body["metadata"] = {CORRELATION: question.correlation_id}
        return body

    def _reply_item(self, reply: Reply) -> Json:
        if reply.output is None:
            return {
                "type": "mcp_approval_response",
                "approval_request_id": reply.id,
                "approve": bool(reply.approve),
            }
        item = self._pending.get(reply.id)
        return output_of(item.kind if item else "function_call", reply.id, reply.output)


async def _at_its_place(places: list[str], ask: Callable[[str], Awaitable[T]]) -> T:
    """Ask where a response may be, one place after the other, until one has it."""
    place, *others = places
    try:
        return await ask(place)
    except FoundryError as failure:
        if not others or failure.status not in _ELSEWHERE:
            raise
    return await _at_its_place(others, ask)


def _refused_options(refusal: FoundryError) -> frozenset[str]:
    """Return what of a question the service does not take, though it can be asked without.

    Foundry names the field in `param` or in the `param` of `details`, OpenAI in the message too.
    """
    if refusal.code != "invalid_request" or refusal.status not in _UNREADABLE:
        return frozenset()
    said = f"{refusal.param} {refusal.message.partition(': ')[2]}".lower()
    return frozenset(option for option in _OPTIONAL if option in said)
