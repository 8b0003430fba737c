"""What callers name things by, checked before anything is sent."""

from __future__ import annotations

import re

from mcp_foundry.contract.errors import FoundryError

AGENT_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_CLASSIC = re.compile(r"asst_[A-Za-z0-9_-]+")
_CONVERSATION = re.compile(r"(\w*resp|conv|thread)_[A-Za-z0-9_-]+(/run_[A-Za-z0-9_-]+)?")
_ANSWER = re.compile(
    rf"({AGENT_NAME.pattern}/)?\w*resp_[A-Za-z0-9_-]+|thread_[A-Za-z0-9_-]+/run_[A-Za-z0-9_-]+"
)


def is_classic(identifier: str) -> bool:
    """Whether an agent, conversation or answer id belongs to the classic generation."""
    return identifier.startswith(("asst_", "thread_"))


def check_agent(agent: str) -> None:
    """Refuse what cannot be an agent before anything is sent.

    Raises:
        FoundryError: `invalid_request`.
    """
    name, _, version = agent.partition(":")
    if _CLASSIC.fullmatch(agent) or (
        AGENT_NAME.fullmatch(name) and re.fullmatch(r"[\w.-]*", version) and not agent.endswith(":")
    ):
        return
    raise FoundryError(
        "invalid_request",
        f"agent {agent[:80]!r} is neither NAME, NAME:VERSION nor asst_…: a name has letters, "
        "digits and hyphens inside, at most 63. Call list_agents for the names.",
    )


def check_conversation(conversation_id: str, agent: str) -> None:
    """Refuse a conversation id that cannot be one, or belongs to the other generation.

    Raises:
        FoundryError: `invalid_request`.
    """
    if not conversation_id or conversation_id == "new":
        return
    if not _CONVERSATION.fullmatch(conversation_id):
        raise FoundryError(
            "invalid_request",
            f"conversation_id {conversation_id[:80]!r} is none of resp_…, conv_…, thread_… and "
            "`new`. Pass the conversation_id of an earlier answer, or leave it empty.",
        )
    if agent and is_classic(agent) != is_classic(conversation_id):
        kind = "thread_…" if is_classic(agent) else "resp_… or conv_…"
        raise FoundryError(
            "invalid_request",
            f"conversation '{conversation_id}' is of the other generation than agent '{agent}', "
            f"which goes on with {kind}. Pass the agent of the answer that gave this id, or leave "
            "conversation_id empty.",
        )


def conversation_in(conversation_id: str) -> tuple[str, str]:
    """Return a conversation, and its agent where the id names it as an `answer_id` does."""
    if is_classic(conversation_id) or "resp_" not in conversation_id:
        return conversation_id, ""
    agent, _, identifier = conversation_id.rpartition("/")
    return (identifier, agent) if AGENT_NAME.fullmatch(agent) else (conversation_id, "")


def chain_of(conversation_id: str) -> str:
    """Name the conversation that all of its turns share, one at a time; a response is none.

    Branches from a response are free. Of a classic run that replies go to, its thread is one.
    """
    place = conversation_id.partition("/")[0]
    return place if place.startswith(("conv_", "thread_")) else ""


def check_answer_id(answer_id: str) -> None:
    """Refuse what cannot be an answer's id.

    Raises:
        FoundryError: `invalid_request`.
    """
    if not _ANSWER.fullmatch(answer_id):
        raise FoundryError(
            "invalid_request",
            f"answer_id {answer_id[:120]!r} is none of resp_…, AGENT/caresp_… and thread_…/run_…. "
            "Pass the answer_id of an answer whose status was in_progress, or a batch_id.",
        )


def parts_of_answer(answer_id: str) -> tuple[str, str]:
    """Return the conversation to which an answer leads, and its agent where the id names it."""
    place, _, identifier = answer_id.partition("/")
    return (identifier, place) if "resp_" in identifier else (place, "")
