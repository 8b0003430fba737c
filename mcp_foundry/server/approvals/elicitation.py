"""How a person is asked within the call, as revisions before 2026-07-28 have it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
from mcp import MCPError
from pydantic import BaseModel, Field

from mcp_foundry.agents.question import Reply
from mcp_foundry.server.progress import Progress

if TYPE_CHECKING:
    from mcp_foundry.contract.answers import Answer, Pending
    from mcp_foundry.server.call import Call


class Approval(BaseModel):
    """What a person is asked for."""

    approve: bool = Field(description="Let the agent make this call")


def can_ask(ctx: Call) -> bool:
    """Whether the client can put a form before a person; every era declares it alike."""
    elicitation = ctx.client_capabilities.elicitation if ctx.client_capabilities else None
    return elicitation is not None and (elicitation.form is not None or elicitation.url is None)


def sentence_of(answer: Answer, item: Pending) -> str:
    """Return what a person is told of one pending call."""
    tool = f"{item.server}.{item.name}" if item.server else item.name
    return f"Agent {answer.agent} wants to call {tool} with {item.arguments or 'no arguments'}."


async def ask_person(ctx: Call, answer: Answer) -> list[Reply] | None:
    """Ask a person about each pending call; None where the client or the person did not answer."""
    replies: list[Reply] = []
    with anyio.move_on_after(ctx.request_context.lifespan_context.settings.limits.person):
        async with Progress(ctx).alive(lambda: "Waiting for a person to approve"):
            for item in answer.pending:
                try:
                    said = await ctx.elicit(sentence_of(answer, item), Approval)
                except (MCPError, ValueError):
                    return None  # the client failed, or said neither yes nor no
                if said.action == "cancel":
                    return None  # dismissed, which decides nothing
                agreed = said.action == "accept" and said.data.approve
                replies.append(Reply(item.id, approve=agreed))
    return replies if len(replies) == len(answer.pending) else None
