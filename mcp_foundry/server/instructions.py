"""What the server says of itself to a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mcp_foundry.settings.values import Settings

_MOST_AGENTS = 20
# Hosts cut instructions at 2 KB.
_LONGEST_ROSTER = 1000


def few(settings: Settings) -> tuple[str, ...]:
    """Return the agents that can be asked, where they are known and few."""
    there = settings.agents or (frozenset() if settings.endpoint else settings.local.keys())
    agents = sorted(there)
    return tuple(agents) if len(agents) <= _MOST_AGENTS else ()


def instructions(settings: Settings) -> str:
    """Return what a model is told of this server before it sees a tool."""
    default = f"The default agent is {settings.agent}. " if settings.agent else ""
    roster = ", ".join(few(settings))
    known = f"The agents are: {roster}. " if 0 < len(roster) <= _LONGEST_ROSTER else ""
    return (
        f"Asks the agents of one Microsoft Foundry project. {known}{default}"
        f"{'' if known else 'Call list_agents first if you do not know which agent to ask. '}"
        "To go on with a conversation, pass the conversation_id of the last answer; its agent is "
        "remembered. Where a status is not completed, or a call failed, next says what to do: do "
        "that. Never ask the same question again while it is in_progress, for every question is "
        "paid for; cancel_answer stops it. Many questions at once: batch_ask. "
        "Answers cite their sources in citations; start and end are places in text. What agents "
        "make is in files: get_file shows one."
    )
