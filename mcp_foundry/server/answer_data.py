"""The side door of an answer that has to be data: checked, mended once, or told as a failure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import anyio

from mcp_foundry.agents.question import Question
from mcp_foundry.contract.answers import Answer, Usage
from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.project.answer_schema import Unmet

if TYPE_CHECKING:
    from mcp_foundry.contract.json import Json
    from mcp_foundry.project.answer_schema import Expected
    from mcp_foundry.project.session import FoundrySession
    from mcp_foundry.runs.watch import Watch

# The agent is asked to mend an answer also where the first turn took all of the caller's time: the
# second is then handed over.
_LEAST_PATIENCE = 1.0


async def with_data(
    foundry: FoundrySession, answer: Answer, expected: Expected | None, watch: Watch, begun: float
) -> Answer:
    """Return an answer with its data, once it is whole.

    Args:
        foundry: The open project.
        answer: What the agent answered.
        expected: What was asked for; None for any text.
        watch: Tells the client of a second turn.
        begun: When the call was made, on anyio's clock: it waits no longer for two turns.

    Raises:
        FoundryError: `run_failed`: also the second answer does not meet the schema.
    """
    if expected is None:
        return answer
    answer = answer.model_copy(update={"usage": Usage.sum((expected.usage, answer.usage))})
    if answer.status == "in_progress":
        foundry.expect(answer.answer_id, expected)
    if answer.status != "completed" or answer.refused:
        return answer
    try:
        return answer.model_copy(update={"data": expected.schema.read(answer.text)})
    except Unmet as unmet:
        if expected.repaired:
            raise _failure(answer, unmet) from None
        message = expected.schema.ask_again(unmet)
    longest = foundry.settings.max_wait
    left = max(_LEAST_PATIENCE, begun + longest - anyio.current_time()) if longest else None
    question = Question(message, answer.agent, answer.conversation_id, inputs=expected.inputs)
    try:
        second = await foundry.ask(question, watch, left)
    except FoundryError as failure:
        failure.kept = _kept(answer)  # it is paid for, whatever became of the second turn
        raise
    expected = replace(expected, repaired=True, usage=answer.usage)
    return await with_data(foundry, second, expected, watch, begun)


def _failure(answer: Answer, unmet: Unmet) -> FoundryError:
    failure = FoundryError(
        "run_failed",
        f"agent '{answer.agent}': its answer does not meet answer_schema, also after it was asked "
        f"to mend it: {unmet}. What it wrote is in text; ask for less, or without a schema.",
    )
    failure.kept = _kept(answer)
    return failure


def _kept(answer: Answer) -> Json:
    return {name: value for name, value in answer.structured().items() if name != "status"}
