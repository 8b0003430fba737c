"""Who may decide on a tool call that an agent wants to make. Nothing is approved by default."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_foundry.agents.question import Reply
from mcp_foundry.contract.errors import FoundryError

if TYPE_CHECKING:
    from mcp_foundry.contract.answers import Answer
    from mcp_foundry.settings.values import Approvals


def check_replies(replies: list[Reply], approvals: Approvals) -> None:
    """Refuse approvals that the calling model may not give; it may always deny.

    Raises:
        FoundryError: `not_allowed`, or `invalid_request` for a reply that decides nothing.
    """
    for reply in replies:
        if (reply.approve is None) == (reply.output is None):
            raise FoundryError(
                "invalid_request",
                f"reply '{reply.id}' needs either approve (true or false) or output (text).",
            )
        if reply.approve and approvals != "caller":
            raise FoundryError(
                "not_allowed",
                f"reply '{reply.id}' approves a tool call, which only a person may do here "
                f"(MCP_FOUNDRY_APPROVALS={approvals}). Deny it with approve=false, or have the "
                "person who runs this server set MCP_FOUNDRY_APPROVALS=caller.",
            )


def only_waits_for_approval(answer: Answer) -> bool:
    """Whether decisions alone let the agent go on: a function's output no person can give."""
    return bool(answer.pending) and all(item.kind == "approval" for item in answer.pending)


def deny_all(answer: Answer) -> list[Reply]:
    """Return the decisions where nobody may approve."""
    return [Reply(item.id, approve=False) for item in answer.pending]
