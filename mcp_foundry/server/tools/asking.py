"""Asking agents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, cast

from pydantic import BaseModel, Field

from mcp_foundry.contract.answers import Answer, BatchAnswer
from mcp_foundry.contract.identifiers import check_answer_id
from mcp_foundry.server.approvals.policy import check_replies
from mcp_foundry.server.approvals.settling import resume_decided, settle
from mcp_foundry.server.call import Call  # noqa: TC001 - the SDK reads these annotations at run time
from mcp_foundry.server.progress import Progress
from mcp_foundry.server.tools.arguments import (  # noqa: TC001 - the SDK reads these annotations at run time
    AgentArgument,
    ConversationArgument,
    Replies,
)

if TYPE_CHECKING:
    from mcp_foundry.agents.question import Question
    from mcp_foundry.runs.supervisor import Watch


async def ask_agent(
    ctx: Call,
    message: str = "",
    agent: AgentArgument = "",
    conversation_id: ConversationArgument = "",
    replies: Replies = [],  # noqa: B006 - pydantic copies defaults
) -> Answer:
    """Ask a Foundry agent and return its whole answer.

    Use stream_agent where a person watches, and batch_ask for many questions at once.
    """
    question = _question(ctx, message, agent, conversation_id, replies)
    return await _answer(ctx, question, Progress(ctx).heartbeat)


async def stream_agent(
    ctx: Call,
    message: str = "",
    agent: AgentArgument = "",
    conversation_id: ConversationArgument = "",
    replies: Replies = [],  # noqa: B006 - pydantic copies defaults
) -> Answer:
    """Ask a Foundry agent and report its text as progress while it grows.

    The result is the same as that of ask_agent; use this where somebody watches.
    """
    question = _question(ctx, message, agent, conversation_id, replies)
    return await _answer(ctx, question, Progress(ctx).text)


def _question(
    ctx: Call, message: str, agent: str, conversation_id: str, replies: Replies
) -> Question:
    foundry = ctx.request_context.lifespan_context
    given = [argument.reply() for argument in replies]
    check_replies(given, foundry.settings.approvals)
    return foundry.question(message, agent, conversation_id, given)


async def _answer(ctx: Call, question: Question, watch: Watch) -> Answer:
    runs = ctx.request_context.lifespan_context.runs
    answer = await resume_decided(ctx, watch) or await runs.ask(question, watch)
    return await _settle(ctx, answer, watch)


async def _settle(ctx: Call, answer: Answer, watch: Watch) -> Answer:
    # The SDK passes a question to the client through, whatever a tool is said to return.
    return cast("Answer", await settle(ctx, answer, watch))


class BatchRequest(BaseModel):
    """One question of a batch."""

    message: str
    agent: Annotated[str, Field(description="Empty: the batch's agent")] = ""
    conversation_id: str = ""


async def batch_ask(
    ctx: Call,
    requests: Annotated[list[BatchRequest], Field(min_length=1, max_length=1000)],
    agent: Annotated[str, Field(description="For requests that name none")] = "",
) -> BatchAnswer:
    """Ask up to 1000 questions, of several agents if need be, and return the answers in order.

    Each succeeds or fails by itself; get_answer brings those that come back in_progress.
    """
    foundry = ctx.request_context.lifespan_context
    answers = await foundry.ask_all(
        [(item.message, item.agent or agent, item.conversation_id) for item in requests],
        Progress(ctx).counting(len(requests)),
    )
    return BatchAnswer.of(answers)


async def get_answer(
    ctx: Call, answer_id: Annotated[str, Field(description="From an in_progress answer")]
) -> Answer:
    """Bring an answer that was handed back unfinished, also after a restart.

    Call it, again if need be, instead of asking the same question twice.
    """
    check_answer_id(answer_id)
    foundry, watch = ctx.request_context.lifespan_context, Progress(ctx).heartbeat
    answer = await resume_decided(ctx, watch)
    if answer is None:
        answer = await foundry.runs.resume(answer_id, watch)
        foundry.check_allowed(answer.agent)
    return await _settle(ctx, answer, watch)
