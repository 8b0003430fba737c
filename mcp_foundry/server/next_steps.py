"""What a caller can do next, in one sentence with the ids in it.

Many hosts show a model the JSON of a result and nothing else. A model goes on as an answer tells it
to, so every answer that is not whole tells it: which tool, with which arguments, and what not to
do. Calls are written as a model writes them, with JSON for values.
"""

from __future__ import annotations

import re
from json import dumps
from typing import TYPE_CHECKING

from mcp_foundry.contract.answers import Answer
from mcp_foundry.contract.batches import BatchAnswer
from mcp_foundry.contract.errors import NotSent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcp_foundry.contract.answers import Error, Pending, Result
    from mcp_foundry.contract.errors import ErrorCode, FoundryError

# Of a run that waits for many replies, so many are spelled out.
_MOST_REPLIES = 8
_NAME = re.compile(r"[\w.-]{1,64}")


class NextSteps:
    """The sentences for one caller.

    Args:
        may_approve: Whether the caller's own replies may approve a tool call.
        can_ask: Whether the person can be asked through the client.
    """

    def __init__(self, *, may_approve: bool, can_ask: bool) -> None:
        self._may_approve = may_approve
        self._can_ask = can_ask

    def told(self, result: Result) -> Result:
        """Return a result that says what comes next, where that is not obvious."""
        if isinstance(result, Answer):
            step = self._of_answer(result)
            return result.model_copy(update={"next": step}) if step else result
        if isinstance(result, BatchAnswer):
            answers = [self.told(answer) for answer in result.answers]
            step = _of_batch(result)
            return result.model_copy(update={"answers": answers, "next": step})
        return result

    def _of_answer(self, answer: Answer) -> str:
        if answer.error:
            return after_error(answer.error)
        if answer.status == "in_progress":
            call = _call("get_answer", answer_id=answer.answer_id)
            return f"Call {call} for the answer, again while it is in_progress; do not ask again."
        if answer.status == "requires_action":
            return self._of_pending(answer)
        if answer.status == "incomplete":
            return _of_incomplete(answer)
        return ""

    def _of_pending(self, answer: Answer) -> str:
        # Whose conversation it is the session knows.
        place = {"conversation_id": answer.conversation_id}
        signing = [item for item in answer.pending if item.kind == "oauth_consent"]
        if signing:
            link = signing[0].url or "(its link is not https and was withheld)"
            call = _call("ask_agent", **place, message="I have signed in, go on.")
            return f"Let the person sign in at {link} and then call {call}; replies are not taken."
        approvals = all(item.kind == "approval" for item in answer.pending)
        if approvals and not self._may_approve:
            deny = _call("ask_agent", **place, replies=_replies(answer.pending, approve=False))
            again = ""
            if self._can_ask:
                again = f" {_call('get_answer', answer_id=answer.answer_id)} asks them again."
            return f"Only a person may approve this, not you.{again} To deny it, call {deny}."
        call = _call(
            "ask_agent", **place, replies=_replies(answer.pending, approve=self._may_approve)
        )
        if approvals:
            return f"Call {call} to approve, or with approve false to deny; send no message."
        return f"Do what pending says, then call {call} with the real outputs; send no message."


def _replies(pending: Sequence[Pending], *, approve: bool) -> list[dict[str, object]]:
    return [
        {"id": item.id, "approve": approve}
        if item.kind == "approval"
        else {"id": item.id, "output": f"the result of {_named(item)}"}
        for item in pending[:_MOST_REPLIES]
    ]


def _named(item: Pending) -> str:
    """Return a call's name; an agent may put whole sentences there, which are not ours to say."""
    return item.name if _NAME.fullmatch(item.name) else "it"


def _of_incomplete(answer: Answer) -> str:
    if answer.incomplete_reason == "cancelled":
        return "It was cancelled, and nothing of it goes on; ask again only if it is wanted."
    if answer.incomplete_reason == "content_filter":
        return "Put the message in other words; the same words are filtered again."
    if not answer.conversation_id:
        return "The text ends here; ask again only if the rest is needed."
    place = answer.conversation_id
    call = _call("ask_agent", conversation_id=place, message="Go on where you stopped.")
    return f"The text is cut off; for the rest call {call}."


def _of_batch(batch: BatchAnswer) -> str:
    if batch.status == "in_progress":
        more, stop = _call("get_answer", answer_id=batch.batch_id), "cancel_answer"
        return (
            f"Call {more} for the rest, again while it is in_progress; do not ask these questions "
            f"again. {stop} with the same id stops it."
        )
    if batch.failed:
        return "Ask again only what failed, as each error says; the others are paid for."
    return ""


def after_error(error: Error | FoundryError) -> str:
    """Return what to do after a failure."""
    if error.code == "budget_exhausted" and error.retry_after is None:
        return "Do not ask it again: tell the person that the budget is smaller than this question."
    if error.retry_after is not None:
        return f"Wait {error.retry_after:.0f} s, then call again with the same arguments."
    if isinstance(error, NotSent) and error.code in {"timeout", "connection_failed"}:
        return "Nothing was started or paid for: call again later."
    return _AFTER[error.code]


_LATER = "Try again later; if error.message says that a run may have been started, say so first."
_AFTER: dict[ErrorCode, str] = {
    "not_configured": "Pass what is missing as an argument, as error.message says.",
    "unauthenticated": "Tell the person to sign in as error.message says; do not retry before.",
    "forbidden": (
        "Tell the person: an owner of the project has to grant what error.message names; do not "
        "retry before."
    ),
    "agent_not_found": "Call list_agents() and pass one of its names as agent.",
    "conversation_not_found": (
        "Pass an id as an earlier answer gave it, or call ask_agent without conversation_id."
    ),
    "conversation_busy": "Wait for the earlier answer with get_answer, then call again.",
    "rate_limited": "Wait a minute, then call again with the same arguments.",
    "content_filtered": "Put the message in other words; the same words are refused again.",
    "invalid_request": "Correct the arguments as error.message says, then call again.",
    "run_failed": "Ask again if the agent may do it twice, else tell the person.",
    "service_unavailable": _LATER,
    "timeout": _LATER,
    "connection_failed": _LATER,
    "not_allowed": "Do not try another way: tell the person which setting forbids it.",
    "budget_exhausted": "Tell the person that the budget is used up.",
    "file_gone": "It cannot be had any more: ask the agent to make it again if it is needed.",
    "internal": "Tell the person, who finds the details on the server's stderr.",
}


def _call(tool: str, **arguments: object) -> str:
    """Return a call as a model would write it."""
    given = (f"{name}={dumps(value, ensure_ascii=False)}" for name, value in arguments.items())
    return f"{tool}({', '.join(given)})"
