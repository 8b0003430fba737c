"""The current generation: the Responses API, with agents named by `agent_reference`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from mcp_foundry.agents.generation import Question, RunIds
from mcp_foundry.agents.reader import RunReader, body_of
from mcp_foundry.agents.responses.answers import answer_of, ids_of
from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.service.refusals import run_failed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AsyncExitStack

    from mcp_foundry.contract.answers import Answer, GenerationName, Json
    from mcp_foundry.service.wire import Wire

_PATH = "/openai/v1/responses"


class Responses:
    """Asks agents of the current generation."""

    name: GenerationName = "responses"

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
        return _ResponseReader(question)

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


_ENDS = frozenset(
    f"response.{end}".encode() for end in ("completed", "failed", "incomplete", "cancelled")
)


class _ResponseReader(RunReader):
    token = b"response.output_text.delta"
    texts = frozenset((token, b"response.refusal.delta"))
    doings = frozenset((b"response.output_item.added", b"response.reasoning_summary_part.added"))

    def act(self, name: bytes, data: bytes) -> None:
        if name in _ENDS:
            response = body_of(data)["response"]
            self.ids = ids_of(response, self.question)
            try:
                self.outcome = answer_of(response, self.question)
            except FoundryError as failure:
                self.outcome = failure
        elif self.ids is None and name in (b"response.created", b"response.queued"):
            self.ids = ids_of(body_of(data)["response"], self.question)
        elif name == b"error":
            event = body_of(data)
            error = event.get("error") or event
            self.broken = run_failed(self.question.about, error, "the stream ended with an error")

    def read(self, name: bytes, data: bytes) -> None:
        if name == b"response.output_item.added":
            self.doing(activity_of(body_of(data)["item"]), len(data))
        elif name == b"response.reasoning_summary_part.added":
            self.doing("Thinking…")
        else:
            event = body_of(data)
            self.wrote(str(event["item_id"]), event["delta"])


_ACTIVITIES = {
    "web_search_call": "Searching the web…",
    "bing_grounding_call": "Searching the web…",
    "bing_custom_search_call": "Searching the web…",
    "file_search_call": "Searching files…",
    "azure_ai_search_call": "Searching files…",
    "memory_search_call": "Searching memory…",
    "code_interpreter_call": "Running code…",
    "image_generation_call": "Drawing…",
    "reasoning": "Thinking…",
    "mcp_list_tools": "Listing the tools of {server}…",
    "mcp_call": "Calling {server}.{name}…",
    "function_call": "Calling {name}…",
    "openapi_call": "Calling {name}…",
    "azure_function_call": "Calling {name}…",
    "workflow_action": "Workflow step {action}…",
    "message": "",
    "mcp_approval_request": "",
    "oauth_consent_request": "",
}


def activity_of(item: Json) -> str:
    """Return a line on what an output item says the agent is doing; empty for a message."""
    kind = str(item.get("type") or "message")
    if kind not in _ACTIVITIES:
        return f"Using {kind.removesuffix('_call').replace('_', ' ')}…"
    return _ACTIVITIES[kind].format(
        server=item.get("server_label"),
        name=item.get("name"),
        action=item.get("action_id") or item.get("kind") or "",
    )
