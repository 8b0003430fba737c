"""A conversation's transcript, as far as those who ask for it may read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_foundry.agents.transcript import Transcript
from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.contract.identifiers import check_conversation, conversation_in

if TYPE_CHECKING:
    from mcp_foundry.project.session import FoundrySession


async def read_transcript(foundry: FoundrySession, conversation_id: str, told: str = "") -> str:
    """Return the conversation as Markdown.

    Args:
        foundry: The open project.
        conversation_id: `resp_…` (with the turns that led to it), perhaps named with its agent,
            `NAME/resp_…`; `conv_…` or `thread_…`.
        told: How its caller calls it.

    Raises:
        FoundryError: There is no such conversation, it may not be read, or the service failed.
    """
    if conversation_id == "new":
        raise FoundryError("invalid_request", "`new` is no conversation yet. Pass an answer's id.")
    conversation, agent = conversation_in(conversation_id)
    check_conversation(conversation, agent)
    transcript = Transcript()
    identifier = conversation_id if agent else conversation.partition("/")[0]
    await foundry.generations.read_transcript(identifier, transcript)
    _check_allowed(foundry, transcript)
    return transcript.as_markdown(f"Conversation {told or identifier}")


def _check_allowed(foundry: FoundrySession, transcript: Transcript) -> None:
    for agent in transcript.agents:
        if agent:
            foundry.check_allowed(agent)
        elif foundry.settings.agents:
            raise FoundryError(
                "not_allowed",
                "the service does not say which agents spoke in this conversation, and "
                "MCP_FOUNDRY_AGENTS allows some only. It can be read where that is not set.",
            )
