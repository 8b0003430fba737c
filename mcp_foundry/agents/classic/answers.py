"""The answer that a classic run and its messages hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_foundry.agents.citations import AnswerText
from mcp_foundry.contract.answers import Answer, Pending, Usage
from mcp_foundry.contract.json import objects_in
from mcp_foundry.service.refusals import run_failed

if TYPE_CHECKING:
    from mcp_foundry.contract.answers import PendingKind, Status
    from mcp_foundry.contract.json import Json


def answer_of(run: Json, messages: list[Json]) -> Answer:
    """Return the answer of a run that is at its end, or waits.

    Args:
        run: The run as the service sent it.
        messages: The messages that the run wrote, the oldest first.

    Raises:
        FoundryError: The run failed, expired or was cancelled.
    """
    status = str(run["status"])
    about = f"agent '{run['assistant_id']}'"
    if status not in {"completed", "incomplete", "requires_action"}:
        ended = "was cancelled" if status == "cancelled" else status
        raise run_failed(about, run.get("last_error"), f"the run {ended} at the service")
    text = AnswerText()
    for message in messages:
        if message.get("role") != "assistant":
            continue
        text.begin_message()
        add_content(message, text)
    usage: Json = run.get("usage") or {}
    cut: Json = run.get("incomplete_details") or {}
    ended_as: Status = status  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType] - the set above
    return Answer(
        status=ended_as,
        text=text.text,
        agent=run["assistant_id"],
        generation="classic",
        conversation_id=run["thread_id"],
        answer_id=f"{run['thread_id']}/{run['id']}",
        citations=text.citations,
        pending=_pending(run) if status == "requires_action" else [],
        usage=Usage(
            input_tokens=usage.get("prompt_tokens") or 0,
            output_tokens=usage.get("completion_tokens") or 0,
            total_tokens=usage.get("total_tokens") or 0,
        )
        if usage
        else None,
        refused=text.refused or None,
        incomplete_reason=str(cut.get("reason") or ""),
    )


def add_content(message: Json, text: AnswerText) -> None:
    """Append what a message says to `text`."""
    for part in objects_in(message.get("content")):
        match part.get("type"):
            case "text":
                text.add(part["text"].get("value") or "", part["text"].get("annotations") or [])
            case "image_file":
                text.add_image(part["image_file"]["file_id"])
            case "refusal":
                text.add_refusal(part.get("refusal") or "")
            case _:
                pass


def _pending(run: Json) -> list[Pending]:
    action: Json = run.get("required_action") or {}
    kind: PendingKind = (
        "approval" if action.get("type") == "submit_tool_approval" else "function_call"
    )
    asked: Json = action.get(str(action.get("type"))) or {}
    calls: list[Json] = asked.get("tool_calls") or []
    return [_pending_call(call, kind) for call in calls]


def _pending_call(call: Json, kind: PendingKind) -> Pending:
    called: Json = call.get("function") or call
    return Pending(
        id=call["id"],
        kind=kind,
        name=str(called.get("name") or ""),
        server=str(call.get("server_label") or ""),
        arguments=str(called.get("arguments") or ""),
    )
