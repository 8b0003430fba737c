"""The current generation: the Responses API, through the project or at an agent's own endpoint."""

from __future__ import annotations

import re
from contextlib import asynccontextmanager
from dataclasses import replace
from json import dumps
from typing import TYPE_CHECKING

import anyio.to_thread

from mcp_foundry.agents.question import CORRELATION, Question, Rerouted
from mcp_foundry.agents.responses.image_models import ImageModels
from mcp_foundry.agents.responses.parts import input_of
from mcp_foundry.agents.responses.pending import output_of
from mcp_foundry.agents.responses.plain import as_events
from mcp_foundry.agents.responses.reading import ResponseReader
from mcp_foundry.agents.responses.stored import StoredResponses
from mcp_foundry.agents.uploads import Uploads
from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.service.places import ELSEWHERE, PROJECT

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator
    from contextlib import AsyncExitStack

    from mcp_foundry.agents.question import Reply
    from mcp_foundry.agents.reader import RunReader
    from mcp_foundry.agents.responses.routes import Routes
    from mcp_foundry.contract.answers import GenerationName
    from mcp_foundry.contract.json import Json
    from mcp_foundry.service.places import Place
    from mcp_foundry.service.wire import Wire
    from mcp_foundry.settings.values import Settings

# What a question can do without: a route that refuses one of these took nothing.
_OPTIONAL = ("background", "metadata", "stream")
# How a service says that a request is not as it should be.
_UNREADABLE = frozenset({400, 422})


class Responses(StoredResponses):
    """Asks agents of the current generation.

    Args:
        wire: The way to the service.
        routes: Where each is asked.
        settings: Whether runs go on in the background, and which model makes pictures.
    """

    name: GenerationName = "responses"
    waits_at_service = False

    def __init__(self, wire: Wire, routes: Routes, settings: Settings) -> None:
        super().__init__(wire, routes)
        background = settings.background == "auto"
        self._uploads = Uploads(wire, "/openai/v1/files")
        self._images = ImageModels(routes.profiles, settings.image_model)
        self._omitted = frozenset[str]() if background else frozenset({"background"})
        # By agent: what its route refused, so that a refusal costs one request once.
        self._refused: dict[str, frozenset[str]] = {}

    @asynccontextmanager
    async def sharing(self, question: Question) -> AsyncGenerator[Question]:
        """Hold one of the containers that a batch's questions to a hosted agent share."""
        if question.shared is None or not self._routes.of(question).own:
            yield question
            return
        async with question.shared.one_for(question.agent) as sandbox:
            yield replace(question, sandbox=sandbox)

    async def prepare(self, question: Question) -> Question:
        """Send files ahead, make a conversation for `new`, and find the session to ask in.

        Raises:
            FoundryError: `invalid_request` for a reply to what takes none, and for what the
                agent's place has not got.
        """
        for reply in question.replies:
            item = self._memory.pending(reply.id)
            if item is not None and item.kind == "oauth_consent":
                raise FoundryError(
                    "invalid_request",
                    f"reply '{reply.id}' is to a sign-in, which takes no reply. Once the person "
                    "has signed in, ask to go on with a message and the same conversation_id.",
                )
        place = self._routes.of(question)
        question = await self._uploads.sent(question)
        if question.conversation_id == "new":
            made = await self._converse(question, place)
            question = replace(question, conversation_id=made)
        if not place.agent:
            return question
        # Settled here: what is learned of the agent meanwhile is for the next question.
        sandbox = await self._sessions.for_question(question, place) if place.own else None
        return replace(question, place=place, sandbox=sandbox)

    async def _converse(self, question: Question, place: Place) -> str:
        lacks = (
            f"{question.about}: there are no durable conversations where it is asked. Leave "
            "conversation_id empty, and go on with that of its answer."
        )
        if place.local:
            raise FoundryError("invalid_request", lacks)
        try:
            made = await self._wire.fetch("POST", place.conversations, question.about, body={})
        except FoundryError as refusal:
            if refusal.status in ELSEWHERE:
                raise refusal.told_as(f"{lacks} ({refusal})") from refusal
            raise
        return str(made["id"])

    async def open(self, question: Question, stack: AsyncExitStack) -> AsyncIterator[bytes]:
        """Send the question.

        It runs in the background of the service, since a response that does not is cancelled with
        its connection. A service that refuses that, or the mark by which a response is found again,
        took nothing and is asked without, from then on. So it is with a session that is no more.

        Raises:
            Rerouted: It has to be asked at another place.
            FoundryError: It was refused, or could not be sent.
        """
        name, place = question.agent.partition(":")[0], question.place or PROJECT
        while True:
            drawing = self._images.headers(question, place)
            omitted = self._omitted | self._refused.get(name, frozenset())
            request = self._request(question, place)
            body = {key: value for key, value in request.items() if key not in omitted}
            sent = await _encoded(body) if question.files else body
            try:
                if "stream" in omitted:
                    about = question.about
                    return as_events(await self._wire.post(place.responses, about, sent, drawing))
                stream = self._wire.stream(place.responses, question.about, sent, drawing)
                return await stack.enter_async_context(stream)
            except FoundryError as refusal:
                if refused := _refused_options(refusal) & body.keys():
                    self._refused[name] = self._refused.get(name, frozenset()) | refused
                elif await self._images.learned(refusal, question, drawing):
                    continue
                elif await self._routes.misdirected(question, place, refusal):
                    raise Rerouted(refusal.code, refusal.message) from refusal
                elif not await self._sessions.mended(refusal, question, place):
                    raise

    def reader(self, question: Question) -> RunReader:
        """Return what reads a response's stream."""
        return ResponseReader(question, question.place or PROJECT, self._memory)

    def _request(self, question: Question, place: Place) -> Json:
        body: Json = {
            "input": input_of(question),
            "stream": True,
            "store": True,
            "background": True,
        }
        if question.replies:
            body["input"] = [self._reply_item(reply) for reply in question.replies]
        name, _, version = question.agent.partition(":")
        if not place.agent:
            body["agent_reference"] = {"type": "agent_reference", "name": name}
            if version:
                body["agent_reference"]["version"] = version
        if question.conversation_id.startswith("conv_"):
            body["conversation"] = question.conversation_id
        elif question.conversation_id:
            body["previous_response_id"] = question.conversation_id
        if question.sandbox and question.sandbox.session_id:
            body["agent_session_id"] = question.sandbox.session_id
        if question.inputs:
            body["structured_inputs"] = dict(question.inputs)
        body["metadata"] = {CORRELATION: question.correlation_id}
        return body

    def _reply_item(self, reply: Reply) -> Json:
        if reply.output is None:
            return {
                "type": "mcp_approval_response",
                "approval_request_id": reply.id,
                "approve": bool(reply.approve),
            }
        item = self._memory.pending(reply.id)
        return output_of(item.kind if item else "function_call", reply.id, reply.output)


def _refused_options(refusal: FoundryError) -> frozenset[str]:
    """Return what of a question the service does not take, though it can be asked without.

    Foundry names the field in `param` or in the `param` of `details`, OpenAI in the message too.
    """
    if refusal.code != "invalid_request" or refusal.status not in _UNREADABLE:
        return frozenset()
    said = f"{refusal.param} {refusal.message.partition(': ')[2]}".lower()
    return frozenset(option for option in _OPTIONAL if re.search(rf"\b{option}(ing)?\b", said))


async def _encoded(body: Json) -> bytes:
    """Return a body as JSON, made in a thread: with files in it, that takes a while."""

    def encode() -> bytes:
        from pydantic_core import PydanticSerializationError, to_json

        try:
            return to_json(body)  # an eighth of the time of `dumps`
        except PydanticSerializationError:
            return dumps(body).encode()  # half of a surrogate pair has no UTF-8, but an escape

    return await anyio.to_thread.run_sync(encode)
