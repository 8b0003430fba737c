"""The side door of a question: an answer that waits for approval, and how it goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

from mcp_foundry.agents.question import Question, RunIds
from mcp_foundry.server.approvals.elicitation import ask_person, can_ask
from mcp_foundry.server.approvals.policy import deny_all, only_waits_for_approval
from mcp_foundry.server.approvals.rounds import asks_in_rounds, decided_before, questions_about

if TYPE_CHECKING:
    from mcp_types import InputRequiredResult

    from mcp_foundry.agents.question import Reply
    from mcp_foundry.contract.answers import Answer
    from mcp_foundry.runs.watch import Watch
    from mcp_foundry.server.call import Call


async def resume_decided(ctx: Call, watch: Watch) -> Answer | None:
    """Go on with what a person decided in the round before; None in a call's first round.

    A client that sends the same decision twice joins the run that the first one started.
    """
    decided = decided_before(ctx)
    if decided is None:
        return None
    runs = ctx.request_context.lifespan_context.runs
    if decided.question is None:
        return await runs.resume(RunIds.of(decided.answer_id), watch)
    return await runs.wait_for(runs.begin_once(decided.key, decided.question), watch)


async def settle(ctx: Call, answer: Answer, watch: Watch) -> Answer | InputRequiredResult:
    """Go on until the answer waits for nothing that can be decided here."""
    runs = ctx.request_context.lifespan_context.runs
    while only_waits_for_approval(answer):
        decisions = await _decisions(ctx, answer)
        if not isinstance(decisions, list):
            return decisions or answer
        question = Question("", answer.agent, answer.conversation_id, tuple(decisions))
        answer = await runs.ask(question, watch)
    return answer


async def _decisions(ctx: Call, answer: Answer) -> list[Reply] | InputRequiredResult | None:
    """Return what was decided, the questions to a person, or None where nobody can be asked."""
    foundry = ctx.request_context.lifespan_context
    policy = foundry.settings.approvals
    earlier = decided_before(ctx)
    if earlier and earlier.question is None:
        return None  # asked again at once, a person who dismissed it would never be rid of it
    if policy == "deny":
        return deny_all(answer)
    if policy == "caller" or not can_ask(ctx):
        return None
    if asks_in_rounds(ctx):
        return questions_about(answer, foundry.runs.partners.inputs(answer.conversation_id))
    try:
        return await ask_person(ctx, answer)
    except anyio.get_cancelled_exc_class():
        await foundry.runs.waiting.cancel(answer)
        raise
