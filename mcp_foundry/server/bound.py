"""Results in the ids that their caller may hold, and failures in the ids that it knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_foundry.contract.answers import Answer
from mcp_foundry.contract.batches import BatchAnswer
from mcp_foundry.project.files.bringing import with_files
from mcp_foundry.project.memories import MemoryUpdate

if TYPE_CHECKING:
    from mcp_foundry.contract.answers import Result
    from mcp_foundry.contract.binding import Binding
    from mcp_foundry.contract.errors import FoundryError
    from mcp_foundry.contract.json import Json

_OF_CONTENT = ("conversation_id", "answer_id")


def bound(result: Result, binding: Binding) -> Result:
    """Return a result whose ids are bound to its caller."""
    if not binding.binds:
        return result
    if isinstance(result, BatchAnswer):
        answers = [_answer(answer, binding) for answer in result.answers]
        update = {"answers": answers, "batch_id": binding.bind(result.batch_id)}
        return result.model_copy(update=update)
    if isinstance(result, MemoryUpdate):
        ids = {"update_id": result.update_id, "superseded_by": result.superseded_by}
        return result.model_copy(update={name: binding.bind(each) for name, each in ids.items()})
    return _answer(result, binding) if isinstance(result, Answer) else result


def _answer(answer: Answer, binding: Binding) -> Answer:
    ids = _ids({name: getattr(answer, name) for name in _OF_CONTENT}, binding)
    citations = [
        each.model_copy(update={"file_id": binding.bind(each.file_id)}) if each.file_id else each
        for each in answer.citations
    ]
    answer = answer.model_copy(update={**ids, "citations": citations})
    if not answer.files:
        return answer
    files = [each.model_copy(update={"uri": binding.bind(each.uri)}) for each in answer.files]
    return with_files(answer, files)


def told_to(failure: FoundryError, binding: Binding, arguments: Json) -> FoundryError:
    """Return a failure whose words and ids are the caller's own.

    Args:
        failure: What went wrong.
        binding: Of the caller.
        arguments: What was called; its ids are known to be the caller's, if they can be opened.
    """
    if not binding.binds:
        return failure
    told = failure.told_as(binding.told(str(failure), arguments))
    if told.kept:
        ids = {name: text for name, text in told.kept.items() if name in _OF_CONTENT}
        told.kept = told.kept | _ids(ids, binding)
    return told


def _ids(ids: Json, binding: Binding) -> Json:
    """Return an answer's ids, bound.

    Where an agent is asked at its own endpoint, its conversation names it: another replica could
    not look it up elsewhere for a caller who may only ask.
    """
    conversation, answer = ids.get("conversation_id"), ids.get("answer_id") or ""
    if conversation and answer.endswith(f"/{conversation}"):
        ids = ids | {"conversation_id": answer}
    return {name: binding.bind(each) for name, each in ids.items()}
