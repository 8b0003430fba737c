"""The answer that a response of the current generation holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from mcp_foundry.agents.citations import AnswerText
from mcp_foundry.agents.question import Question, RunIds
from mcp_foundry.contract.answers import Answer, Pending, Usage
from mcp_foundry.contract.json import objects_in
from mcp_foundry.service.refusals import run_failed

if TYPE_CHECKING:
    from mcp_foundry.contract.answers import PendingKind, Status
    from mcp_foundry.contract.json import Json


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
        ended_how = "was cancelled" if status == "cancelled" else status
        raise run_failed(about, response.get("error"), f"the run {ended_how} at the service")
    text = AnswerText()
    output: list[Json] = response.get("output") or []
    for item in output:
        if item.get("type") != "message" or item.get("role", "assistant") != "assistant":
            continue
        text.begin_message()
        add_content(item, text)
    pending = _pending(output)
    ended: Status = "requires_action" if pending else "completed"
    if status == "incomplete":
        ended = "incomplete"
    elif status in {"queued", "in_progress"}:
        ended = "in_progress"
    usage: Json = response.get("usage") or {}
    cut: Json = response.get("incomplete_details") or {}
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
        refused=text.refused or None,
        incomplete_reason=str(cut.get("reason") or ""),
    )


def add_content(item: Json, text: AnswerText) -> None:
    """Append what a message says to `text`."""
    for part in objects_in(item.get("content")):
        said = part.get("text") or part.get("refusal") or ""
        if part.get("type") == "refusal":
            text.add_refusal(said)
        else:
            text.add(said, part.get("annotations") or [])


def _pending(output: list[Json]) -> list[Pending]:
    settled = {item.get("approval_request_id") for item in output}
    settled |= {i.get("call_id") for i in output if i.get("type") == "function_call_output"}
    found: list[Pending] = []
    for item in output:
        kind = _WAITING.get(str(item.get("type")))
        if kind is None:
            continue
        identifier = str(item["call_id"] if kind == "function_call" else item["id"])
        if identifier not in settled:
            found.append(_pending_item(item, identifier, kind))
    return found


_WAITING: dict[str, PendingKind] = {
    "function_call": "function_call",
    "mcp_approval_request": "approval",
    "oauth_consent_request": "oauth_consent",
}


def _pending_item(item: Json, identifier: str, kind: PendingKind) -> Pending:
    link = str(item.get("consent_link") or "")
    return Pending(
        id=identifier,
        kind=kind,
        name=str(item.get("name") or ""),
        server=str(item.get("server_label") or ""),
        arguments=str(item.get("arguments") or ""),
        # A link goes to a person to be opened; one that is not https is not passed on.
        url=link if link.startswith("https://") else "",
    )
