"""How a person is asked from 2026-07-28 on: a call ends with its questions, and is made again.

What the second call needs to go on travels as its state, which the SDK seals and binds to the tool
and its arguments.
"""

from __future__ import annotations

from json import dumps, loads
from typing import TYPE_CHECKING, Any, NamedTuple

from mcp_types import ElicitRequest, ElicitRequestFormParams, ElicitResult, InputRequiredResult
from mcp_types.version import is_version_at_least

from mcp_foundry.agents.question import Question, Reply
from mcp_foundry.server.approvals.elicitation import Approval, sentence_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcp_foundry.contract.answers import Answer
    from mcp_foundry.contract.json import Json
    from mcp_foundry.server.call import Call

_FIRST_REVISION = "2026-07-28"


class Decided(NamedTuple):
    """What a person decided in the round before.

    Attributes:
        key: The same for every call that brings the same state.
        question: The decisions, as a question to the agent that waits for them; None where the
            person dismissed one of the questions, which decides nothing.
        answer_id: The answer that waits for them.
    """

    key: str
    question: Question | None
    answer_id: str


def asks_in_rounds(ctx: Call) -> bool:
    """Whether the client takes questions as a result."""
    return is_version_at_least(ctx.protocol_version or "", _FIRST_REVISION)


def questions_about(answer: Answer, inputs: Mapping[str, Any]) -> InputRequiredResult:
    """Return the result that asks a person about each pending call.

    Args:
        answer: What waits.
        inputs: With which it was asked; its agent needs them again to go on.
    """
    schema: Any = Approval.model_json_schema()
    requested = {key: schema[key] for key in ("properties", "required")}
    return InputRequiredResult(
        input_requests={
            item.id: ElicitRequest(
                params=ElicitRequestFormParams(
                    message=sentence_of(answer, item),
                    requested_schema={"type": "object", **requested},
                )
            )
            for item in answer.pending
        },
        request_state=dumps(
            {
                "answer_id": answer.answer_id,
                "conversation_id": answer.conversation_id,
                "agent": answer.agent,
                "pending": [item.id for item in answer.pending],
                "inputs": dict(inputs),
            }
        ),
    )


def decided_before(ctx: Call) -> Decided | None:
    """Return what a person decided; None in a call's first round."""
    if ctx.request_state is None:
        return None
    state = loads(ctx.request_state)
    responses = ctx.input_responses or {}
    said = {item: responses.get(item) for item in state["pending"]}
    question = None
    if all(isinstance(each, ElicitResult) and each.action != "cancel" for each in said.values()):
        replies = tuple(Reply(item, approve=_agrees(each)) for item, each in said.items())
        question = Question("", state["agent"], state["conversation_id"], replies, state["inputs"])
    return Decided(f"decided {state['answer_id']}", question, state["answer_id"])


def _agrees(response: Any) -> bool:  # noqa: ANN401 - the SDK's union of all that a client may say
    content: Json = response.content or {}
    return response.action == "accept" and content.get("approve") is True
