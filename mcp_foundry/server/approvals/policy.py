"""Who may decide on a tool call that an agent wants to make. Nothing is approved by default."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mcp_foundry.agents.question import Reply
from mcp_foundry.contract.errors import FoundryError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mcp_foundry.contract.answers import Answer, Pending
    from mcp_foundry.settings.values import Approvals


def checked(reply: Reply, approvals: Approvals) -> Reply:
    """Return a reply that the calling model may give; it may always deny.

    Raises:
        FoundryError: `not_allowed`, or `invalid_request` for a reply that decides nothing.
    """
    if (reply.approve is None) == (reply.output is None):
        raise FoundryError(
            "invalid_request",
            f"reply '{reply.id}' needs either approve (true or false) or output (text). Where both "
            "come, the pending item's kind decides, and none with that id is pending there.",
        )
    if reply.approve and approvals != "caller":
        raise FoundryError(
            "not_allowed",
            f"reply '{reply.id}' approves a tool call, which only a person may do here "
            f"(MCP_FOUNDRY_APPROVALS={approvals}). Deny it with approve=false, or have the "
            "person who runs this server set MCP_FOUNDRY_APPROVALS=caller.",
        )
    return reply


def decided(reply: Reply, pending: Iterable[Pending]) -> Reply:
    """Return a reply that says both things as the one that its pending item takes.

    Schemas made strict let a model leave out neither.
    """
    kind = next((item.kind for item in pending if item.id == reply.id), "")
    if not kind:
        return reply
    return replace(reply, output=None) if kind == "approval" else replace(reply, approve=None)


def only_waits_for_approval(answer: Answer) -> bool:
    """Whether decisions alone let the agent go on: a function's output no person can give."""
    return bool(answer.pending) and all(item.kind == "approval" for item in answer.pending)


def deny_all(answer: Answer) -> list[Reply]:
    """Return the decisions where nobody may approve."""
    return [Reply(item.id, approve=False) for item in answer.pending]
