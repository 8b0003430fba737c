"""The current generation: the Responses API, with agents named by `agent_reference`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

from mcp_foundry.agents import Question, RunIds, RunReader, body_of, run_failed
from mcp_foundry.citations import AnswerText
from mcp_foundry.errors import FoundryError
from mcp_foundry.results import Answer, Pending, Usage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AsyncExitStack

    from mcp_foundry.results import GenerationName, Json, Status
    from mcp_foundry.wire import Wire

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
        return Question(question.message, question.agent, str(made["id"]), question.replies)

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
        seconds: float,  # noqa: ARG002 - the classic generation looks
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
    deferred = frozenset(
        (
            b"response.output_text.delta",
            b"response.refusal.delta",
            b"response.output_item.added",
            b"response.reasoning_summary_part.added",
        )
    )

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


def ids_of(response: Json, question: Question) -> RunIds:
    """Return the ids of a response; a `conv_` id that the call came with stays."""
    reference: Json = response.get("agent_reference") or response.get("agent") or {}
    agent = question.agent
    if reference.get("name"):
        agent = ":".join(filter(None, (reference["name"], str(reference.get("version") or ""))))
    kept = question.conversation_id if question.conversation_id.startswith("conv_") else ""
    conversation: Any = response.get("conversation") or {}
    if isinstance(conversation, dict):
        conversation = cast("Json", conversation).get("id")
    return RunIds(response["id"], kept or str(conversation or "") or response["id"], agent)


def answer_of(response: Json, question: Question) -> Answer:
    """Return the answer that a response holds; `in_progress` while it is not at its end.

    A response that waits for approval or for a function's result is `completed` for the service.

    Raises:
        FoundryError: The response failed or was cancelled.
    """
    ids = ids_of(response, question)
    status = str(response.get("status") or "completed")
    about = f"agent '{ids.agent}'" if ids.agent else f"answer '{ids.answer_id}'"
    if status in {"failed", "cancelled"}:
        raise run_failed(about, response.get("error"), f"the run {_ended(status)} at the service")
    text = AnswerText()
    refused = False
    output: list[Json] = response.get("output") or []
    for item in output:
        if item.get("type") != "message" or item.get("role", "assistant") != "assistant":
            continue
        text.begin_message()
        for part in item.get("content") or []:
            refused |= part.get("type") == "refusal"
            text.add(part.get("text") or part.get("refusal") or "", part.get("annotations") or [])
    pending = _pending(output)
    ended: Status = "requires_action" if pending else "completed"
    if status == "incomplete":
        ended = "incomplete"
    elif status in {"queued", "in_progress"}:
        ended = "in_progress"
    usage: Json = response.get("usage") or {}
    return Answer(
        status=ended,
        text=text.text,
        agent=ids.agent,
        generation="responses",
        conversation_id=ids.conversation_id,
        answer_id=ids.answer_id,
        citations=text.citations,
        pending=pending,
        usage=Usage.model_validate(usage) if usage else None,
        refused=refused or None,
        incomplete_reason=str((response.get("incomplete_details") or {}).get("reason") or ""),
    )


def _ended(status: str) -> str:
    return "was cancelled" if status == "cancelled" else status


def _pending(output: list[Json]) -> list[Pending]:
    settled = {item.get("approval_request_id") for item in output}
    settled |= {i.get("call_id") for i in output if i.get("type") == "function_call_output"}
    found: list[Pending] = []
    for item in output:
        match item.get("type"):
            case "function_call" if item["call_id"] not in settled:
                found.append(_pending_item(item, item["call_id"], "function_call"))
            case "mcp_approval_request" if item["id"] not in settled:
                found.append(_pending_item(item, item["id"], "approval"))
            case "oauth_consent_request" if item["id"] not in settled:
                link = str(item.get("consent_link") or "")
                # A link goes to a person to be opened; one that is not https is not passed on.
                url = link if link.startswith("https://") else ""
                found.append(_pending_item(item, item["id"], "oauth_consent", url))
            case _:
                pass
    return found


def _pending_item(item: Json, identifier: str, kind: Any, url: str = "") -> Pending:
    return Pending(
        id=identifier,
        kind=kind,
        name=str(item.get("name") or ""),
        server=str(item.get("server_label") or ""),
        arguments=str(item.get("arguments") or ""),
        url=url,
    )


def activity_of(item: Json) -> str:
    """Return a line on what an output item says the agent is doing; empty for a message."""
    match item.get("type"):
        case "web_search_call" | "bing_grounding_call" | "bing_custom_search_call":
            return "Searching the web…"
        case "file_search_call" | "azure_ai_search_call":
            return "Searching files…"
        case "memory_search_call":
            return "Searching memory…"
        case "code_interpreter_call":
            return "Running code…"
        case "image_generation_call":
            return "Drawing…"
        case "reasoning":
            return "Thinking…"
        case "mcp_list_tools":
            return f"Listing the tools of {item.get('server_label')}…"
        case "mcp_call":
            return f"Calling {item.get('server_label')}.{item.get('name')}…"
        case "function_call" | "openapi_call" | "azure_function_call":
            return f"Calling {item.get('name')}…"
        case "workflow_action":
            return f"Workflow step {item.get('action_id') or item.get('kind') or ''}…"
        case "message" | "mcp_approval_request" | "oauth_consent_request" | None:
            return ""
        case other:
            return f"Using {str(other).removesuffix('_call').replace('_', ' ')}…"
