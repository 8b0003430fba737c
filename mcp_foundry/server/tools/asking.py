"""Asking agents."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from mcp_foundry.contract.answers import Answer  # noqa: TC001 - the SDK reads these annotations at run time
from mcp_foundry.contract.batches import BatchAnswer  # noqa: TC001 - the SDK reads these annotations at run time
from mcp_foundry.contract.json import Json  # noqa: TC001 - the SDK reads these annotations at run time
from mcp_foundry.runs.asker import Request
from mcp_foundry.server.answering import Answering
from mcp_foundry.server.call import Call  # noqa: TC001 - the SDK reads these annotations at run time
from mcp_foundry.server.progress import Progress
from mcp_foundry.server.tools.arguments import (  # noqa: TC001 - the SDK reads these annotations at run time
    AgentArgument,
    AnswerSchemaArgument,
    ConversationArgument,
    Files,
    Inputs,
    Replies,
)


async def ask_agent(  # noqa: PLR0913, PLR0917 - what a question has
    ctx: Call,
    message: str = "",
    agent: AgentArgument = "",
    conversation_id: ConversationArgument = "",
    replies: Replies = [],  # noqa: B006 - pydantic copies defaults
    files: Files = [],  # noqa: B006 - pydantic copies defaults
    inputs: Inputs = {},  # noqa: B006 - pydantic copies defaults
    answer_schema: AnswerSchemaArgument = {},  # noqa: B006 - pydantic copies defaults
) -> Answer:
    """Ask a Foundry agent and return its whole answer; to go on, pass its conversation_id.

    Use stream_agent where a person watches, and batch_ask for many questions at once.
    """
    answering = Answering(ctx, Progress(ctx).heartbeat, answer_schema)
    return await answering.ask(Request(message, agent, conversation_id, inputs, files), replies)


async def stream_agent(  # noqa: PLR0913, PLR0917 - what a question has
    ctx: Call,
    message: str = "",
    agent: AgentArgument = "",
    conversation_id: ConversationArgument = "",
    replies: Replies = [],  # noqa: B006 - pydantic copies defaults
    files: Files = [],  # noqa: B006 - pydantic copies defaults
    inputs: Inputs = {},  # noqa: B006 - pydantic copies defaults
    answer_schema: AnswerSchemaArgument = {},  # noqa: B006 - pydantic copies defaults
) -> Answer:
    """Ask a Foundry agent and report its text as progress while it grows.

    The result is the same as that of ask_agent; use this where somebody watches.
    """
    answering = Answering(ctx, Progress(ctx).text, answer_schema)
    return await answering.ask(Request(message, agent, conversation_id, inputs, files), replies)


class BatchRequest(BaseModel):
    """One question of a batch."""

    message: str
    agent: Annotated[str, Field(description="Empty: the batch's agent")] = ""
    conversation_id: str = ""
    files: list[str] = []
    inputs: Json = {}


async def batch_ask(
    ctx: Call,
    requests: Annotated[list[BatchRequest], Field(min_length=1, max_length=1000)],
    agent: Annotated[str, Field(description="For requests that name none")] = "",
) -> BatchAnswer:
    """Ask up to 1000 questions, of several agents if need be, and return the answers in order.

    get_answer brings the rest of one that comes back in_progress, and with BATCH_ID/3 the third
    answer whole, with ids and citations; BATCH_ID/3 as conversation_id goes on from it.
    """
    foundry = ctx.request_context.lifespan_context
    batch = foundry.ask_all(
        [
            Request(
                item.message, item.agent or agent, item.conversation_id, item.inputs, item.files
            )
            for item in requests
        ]
    )
    return await batch.wait(foundry.settings.max_wait, Progress(ctx).counting(batch.answers))


async def get_answer(
    ctx: Call, answer_id: Annotated[str, Field(description="Or batch_id, or BATCH_ID/NUMBER")]
) -> Answer | BatchAnswer:
    """Bring an answer that was handed back unfinished, also after a restart.

    Call it, again if need be, instead of asking the same question twice.
    """
    return await Answering(ctx, Progress(ctx).heartbeat).get(answer_id)


async def cancel_answer(
    ctx: Call, answer_id: Annotated[str, Field(description="Or batch_id")]
) -> Answer | BatchAnswer:
    """Stop a question or a batch that is under way, also at the service.

    What was written until then comes back.
    """
    return await ctx.request_context.lifespan_context.stop(answer_id)
