"""The current generation: the Responses API, with agents named by `agent_reference`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from mcp_foundry.agents.question import Question, RunIds
from mcp_foundry.agents.responses.answers import answer_of
from mcp_foundry.agents.responses.reading import ResponseReader
from mcp_foundry.contract.errors import FoundryError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AsyncExitStack

    from mcp_foundry.agents.reader import RunReader
    from mcp_foundry.contract.answers import Answer, GenerationName
    from mcp_foundry.contract.json import Json
    from mcp_foundry.service.wire import Wire

_PATH = "/openai/v1/responses"


class Responses:
    """Asks agents of the current generation."""

    name: GenerationName = "responses"
    waits_at_service = False

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def prepare(self, question: Question) -> Question:
        """Replace `new` with a conversation that was just created."""
        if question.conversation_id != "new":
            return question
        made = await self._wire.fetch("POST", "/openai/v1/conversations", question.about, body={})
        return replace(question, conversation_id=str(made["id"]))

    async def open(self, question: Question, stack: AsyncExitStack) -> AsyncIterator[bytes]:
        """Send the question.

        It runs in the background of the service, since a response that does not is cancelled with
        its connection; a service that refuses `background` took nothing and is asked without.
        """
        body = _request(question)
        try:
            return await stack.enter_async_context(self._wire.stream(_PATH, body, question.about))
        except FoundryError as refusal:
            if refusal.code != "invalid_request" or "background" not in refusal.message.lower():
                raise
        del body["background"]
        return await stack.enter_async_context(self._wire.stream(_PATH, body, question.about))

    def reader(self, question: Question) -> RunReader:
        """Return what reads a response's stream."""
        return ResponseReader(question)

    async def fetch(self, ids: RunIds) -> Answer:
        """Return the response as the service has it."""
        about = f"answer '{ids.answer_id}'"
        response = await self._wire.fetch("GET", f"{_PATH}/{quote(ids.answer_id)}", about)
        return answer_of(response, Question("", ids.agent, ids.conversation_id))

    async def find(
        self,
        question: Question,  # noqa: ARG002 - the classic generation looks
        conversation_id: str,  # noqa: ARG002 - the classic generation looks
    ) -> RunIds | None:
        """Find nothing: without its id, no route leads to a response."""
        return None

    async def cancel(self, ids: RunIds) -> None:
        """Stop the response; closing its stream alone would leave it running."""
        path = f"{_PATH}/{quote(ids.answer_id)}/cancel"
        await self._wire.fetch("POST", path, f"answer '{ids.answer_id}'", body={})


def _request(question: Question) -> Json:
    body: Json = {"input": question.message, "stream": True, "store": True, "background": True}
    if question.replies:
        body["input"] = [
            {"type": "function_call_output", "call_id": reply.id, "output": reply.output}
            if reply.output is not None
            else {
                "type": "mcp_approval_response",
                "approval_request_id": reply.id,
                "approve": bool(reply.approve),
            }
            for reply in question.replies
        ]
    name, _, version = question.agent.partition(":")
    body["agent_reference"] = {"type": "agent_reference", "name": name}
    if version:
        body["agent_reference"]["version"] = version
    if question.conversation_id.startswith("conv_"):
        body["conversation"] = question.conversation_id
    elif question.conversation_id:
        body["previous_response_id"] = question.conversation_id
    return body
