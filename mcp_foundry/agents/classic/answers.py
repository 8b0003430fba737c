"""The answer that a classic run and its messages hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mcp_foundry.agents.citations import AnswerText
from mcp_foundry.agents.question import RunIds
from mcp_foundry.contract.answers import CANCELLED, Answer, Pending, Usage
from mcp_foundry.contract.json import count_in, holds_objects, object_in, objects_in, text_in
from mcp_foundry.service.refusals import run_failed

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp_foundry.contract.answers import Status
    from mcp_foundry.contract.json import Json

NOTHING = "[The agent completed, and wrote nothing.]"
_ENDED: dict[str, Status] = {
    "completed": "completed",
    "incomplete": "incomplete",
    "cancelled": "incomplete",
    "requires_action": "requires_action",
}
_APPROVAL = "submit_tool_approval"
_FAILED = frozenset({"failed", "expired"})


class Reading(NamedTuple):
    """An answer, and whether all that matters of it could be read."""

    answer: Answer
    sound: bool


def ids_of(run: Json, thread: str, known: RunIds | None) -> RunIds | None:
    """Return the ids of a run.

    Args:
        run: As the service sent it.
        thread: Where it is, if that is known.
        known: What earlier events said, for what this one lacks.
    """
    identifier = text_in(run.get("id"))
    thread = text_in(run.get("thread_id")) or thread
    agent = text_in(run.get("assistant_id")) or (known.agent if known else "")
    return RunIds(f"{thread}/{identifier}", thread, agent) if identifier and thread else known


def answer_of(run: Json, messages: list[Json], ids: RunIds | None = None) -> Answer:
    """Return the answer of a run that is at its end, or waits.

    Args:
        run: The run as the service sent it.
        messages: The messages that the run wrote, the oldest first.
        ids: What it is called; None where it says that itself.

    Raises:
        FoundryError: The run failed or expired.
    """
    known = ids or ids_of(run, "", None) or RunIds("", "", "")
    return read_answer(run, messages, known, str).answer


def read_answer(
    run: Json, messages: list[Json], ids: RunIds, streamed: Callable[[], str]
) -> Reading:
    """Return the same, and whether it could be read whole.

    Args:
        run: The run as the service sent it.
        messages: The messages that the run wrote, the oldest first.
        ids: What it is called.
        streamed: Returns the text that came in pieces, for messages that cannot be read.

    Raises:
        FoundryError: The run failed or expired.
    """
    status = text_in(run.get("status"))
    if status in _FAILED:
        otherwise = f"the run {status} at the service"
        error = object_in(run.get("last_error"))
        raise run_failed(f"agent '{ids.agent}'", error, otherwise, ids.answer_id)
    text = AnswerText()
    for message in messages:
        if text_in(message.get("role")) != "user":
            text.begin_message()
            add_content(message, text)
    ended = _ENDED.get(status, "completed")
    if not text.text and (said := streamed()):
        text.text, text.sound = said, False
    text.settle()
    pending = pending_in(run) if ended == "requires_action" else []
    answer = Answer(
        status=ended,
        text=text.told(NOTHING if ended == "completed" else ""),
        agent=ids.agent,
        generation="classic",
        conversation_id=ids.conversation_id,
        answer_id=ids.answer_id,
        files=text.files.listed,
        citations=text.citations,
        pending=pending,
        usage=_usage(object_in(run.get("usage"))),
        refused=text.refused or None,
        incomplete_reason=CANCELLED
        if status == CANCELLED
        else text_in(object_in(run.get("incomplete_details")).get("reason")),
    )
    sound = text.sound and status in _ENDED and (_says_what_waits(run) or not pending)
    return Reading(answer, sound and bool(pending) == (ended == "requires_action"))


def _usage(usage: Json) -> Usage | None:
    counts = {
        "input_tokens": count_in(usage.get("prompt_tokens")) or 0,
        "output_tokens": count_in(usage.get("completion_tokens")) or 0,
        "total_tokens": count_in(usage.get("total_tokens")) or 0,
    }
    return Usage(**counts) if any(counts.values()) else None


def add_content(message: Json, text: AnswerText) -> None:
    """Append what a message says to `text`."""
    content = message.get("content")
    text.sound &= holds_objects(content)
    for part in objects_in(content):
        kind = text_in(part.get("type"))
        if kind == "text" or "text" in part:
            said = object_in(part.get("text"))
            text.add(said.get("value"), said.get("annotations"))
        elif kind == "image_file":
            text.files.show(text_in(object_in(part.get("image_file")).get("file_id")))
        elif kind == "refusal":
            text.add_refusal(part.get("refusal"))
        else:
            text.sound &= bool(kind)
            text.add_unseen(kind or "a part of no kind", part.get(kind))


def pending_in(run: Json) -> list[Pending]:
    """Return what a run waits for; nothing where it waits for nothing."""
    action = object_in(run.get("required_action"))
    kind = "approval" if action.get("type") == _APPROVAL else "function_call"
    return [_pending_call(call, kind) for call in objects_in(_calls(run))]


def _says_what_waits(run: Json) -> bool:
    """Whether a caller is told all that is needed to answer what waits."""
    approval = object_in(run.get("required_action")).get("type") == _APPROVAL
    texts = ("id", "name", "arguments", *(("server_label",) if approval else ()))
    calls = (call | object_in(call.get("function")) for call in objects_in(_calls(run)))
    named = all(isinstance(call.get(name), str) for call in calls for name in texts)
    return named and holds_objects(_calls(run))


def _calls(run: Json) -> object:
    action = object_in(run.get("required_action"))
    return object_in(action.get(text_in(action.get("type")))).get("tool_calls")


def _pending_call(call: Json, kind: str) -> Pending:
    called = object_in(call.get("function")) or call
    return Pending(
        id=text_in(call.get("id")),
        kind=kind,
        name=text_in(called.get("name")),
        server=text_in(call.get("server_label")),
        arguments=text_in(called.get("arguments")),
    )
