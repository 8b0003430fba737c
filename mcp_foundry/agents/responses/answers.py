"""The answer that a response of the current generation holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, get_args

from mcp_foundry.agents.citations import AnswerText
from mcp_foundry.agents.question import Question, RunIds
from mcp_foundry.agents.responses.pending import is_whole, pending_in
from mcp_foundry.contract.answers import CANCELLED, Answer, Status, Usage
from mcp_foundry.contract.json import count_in, holds_objects, object_in, objects_in, text_in
from mcp_foundry.service.places import PROJECT
from mcp_foundry.service.refusals import run_failed

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp_foundry.contract.json import Json
    from mcp_foundry.service.places import Place

# Who else may have written a message of the output; any other role, or none, is the agent's.
_NOT_THE_AGENT = frozenset({"user", "system", "developer", "tool"})
DRAWN = "image_generation_call"
NOTHING = "[The agent completed, and wrote nothing.]"


class Reading(NamedTuple):
    """An answer, and whether all that matters of it could be read."""

    answer: Answer
    sound: bool


def ids_of(
    response: Json, question: Question, known: RunIds | None = None, place: Place = PROJECT
) -> RunIds | None:
    """Return the ids of a response; a `conv_` id that the call came with stays.

    Args:
        response: As the service sent it.
        question: What was asked.
        known: What earlier events said, for what this one lacks.
        place: Where the response is.
    """
    identifier = text_in(response.get("id"))
    if not identifier:
        return known
    reference = object_in(response.get("agent_reference")) or object_in(response.get("agent"))
    agent = (known.agent if known else "") or question.agent or place.agent
    # A server on this machine calls its agent whatever it likes; its user named it here.
    if (name := text_in(reference.get("name"))) and not place.local:
        version = reference.get("version")
        number = text_in(version) or count_in(version)
        agent = f"{name}:{number}" if number is not None else name
    kept = question.conversation_id if question.conversation_id.startswith("conv_") else ""
    conversation = response.get("conversation")
    held = text_in(object_in(conversation).get("id")) or text_in(conversation)
    # Any process has to find the way to an agent's own endpoint.
    owner = place.agent or ("" if not identifier.startswith("caresp_") else agent.partition(":")[0])
    answer_id = f"{owner}/{identifier}" if owner else identifier
    return RunIds(answer_id, kept or held or identifier, agent)


def answer_of(response: Json, question: Question, place: Place = PROJECT) -> Answer:
    """Return the answer that a response holds; `in_progress` while it is not at its end.

    A response that waits for its caller is `completed` for the service.

    Raises:
        FoundryError: The response failed.
    """
    ids = ids_of(response, question, None, place)
    return read_answer(response, question, ids, lambda: "").answer


def read_answer(
    response: Json, question: Question, known: RunIds | None, streamed: Callable[[], str]
) -> Reading:
    """Return the same, and whether it could be read whole.

    Args:
        response: As the service sent it.
        question: What was asked.
        known: Its ids, as far as they are known.
        streamed: Returns the text that came in pieces, for a response whose own cannot be read.

    Raises:
        FoundryError: The response failed.
    """
    ids = known or ids_of(response, question)
    ids = ids or RunIds("", question.conversation_id, question.agent)
    status = text_in(response.get("status")) or "completed"
    if status == "failed":
        about = f"agent '{ids.agent}'" if ids.agent else f"answer '{ids.answer_id}'"
        error = object_in(response.get("error"))
        raise run_failed(about, error, "the run failed at the service", ids.answer_id)
    text = _text_of(response, ids.answer_id)
    pending = pending_in(objects_in(response.get("output")))
    ended = _ending(status, waits=bool(pending))
    if not text.text and ended != "in_progress" and (said := streamed()):
        text.text, text.sound = said, False
    text.settle()
    answer = Answer(
        status=ended,
        text=text.told(NOTHING if ended == "completed" else ""),
        agent=ids.agent,
        generation="responses",
        conversation_id=ids.conversation_id,
        answer_id=ids.answer_id,
        files=text.files.listed,
        citations=text.citations,
        pending=pending,
        usage=_usage(object_in(response.get("usage"))),
        refused=text.refused or None,
        incomplete_reason=CANCELLED
        if status == CANCELLED
        else text_in(object_in(response.get("incomplete_details")).get("reason")),
    )
    known_status = status in {*get_args(Status), "queued", CANCELLED}
    return Reading(answer, text.sound and known_status and all(item.id for item in pending))


def _ending(status: str, *, waits: bool) -> Status:
    if status in {"queued", "in_progress"}:
        return "in_progress"
    if status in {"incomplete", CANCELLED}:
        return "incomplete"
    return "requires_action" if waits else "completed"


def _usage(usage: Json) -> Usage | None:
    counts = {name: count_in(usage.get(name)) or 0 for name in Usage.model_fields}
    return Usage(**counts) if any(counts.values()) else None


def _text_of(response: Json, answer_id: str) -> AnswerText:
    text = AnswerText()
    output = response.get("output")
    text.sound = holds_objects(output)
    for item in objects_in(output):
        kind = text_in(item.get("type"))
        text.sound &= is_whole(item)
        if kind == DRAWN:
            text.files.draw(answer_id, item)
        elif kind == "code_interpreter_call":
            text.files.container = text_in(item.get("container_id"))
        elif kind in {"message", ""}:
            text.sound &= bool(kind)
            if text_in(item.get("role")) not in _NOT_THE_AGENT:
                text.begin_message()
                add_content(item, text)
    return text


def add_content(item: Json, text: AnswerText) -> None:
    """Append what a message says to `text`."""
    content = item.get("content")
    text.sound &= holds_objects(content)
    for part in objects_in(content):
        kind = text_in(part.get("type"))
        if kind == "refusal":
            text.add_refusal(part.get("refusal") or part.get("text"))
        elif kind == "output_audio":
            text.add(part.get("transcript") or "")
            text.add_unseen("audio", part.get("data"))
        elif "text" in part or kind in {"output_text", "input_text", "text", ""}:
            text.add(part.get("text"), part.get("annotations"))
        else:
            text.add_unseen(kind, _longest_text(part))


def _longest_text(part: Json) -> str:
    said = [value for name, value in part.items() if name != "type" and isinstance(value, str)]
    return max(said, key=len, default="")
