"""What to type after an answer that is not whole, as a line that a shell takes as it stands."""

from __future__ import annotations

import os
import shlex
import subprocess
from json import dumps
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import SimpleNamespace

Json = dict[str, Any]

SIGNED_IN = "I have signed in, go on."
"""What an agent is told by a person who has."""

EMBEDDED = "--emulator"
_PLACE = ("endpoint", "local", "env_file")
_GO_ON = "Go on where you stopped."
# A line that nobody can read is none that anybody types.
_MOST_REPLIES = 8


def place_of(options: SimpleNamespace) -> list[str]:
    """Return the words by which another command works with the same project.

    Args:
        options: A command line.
    """
    if options.emulation is not None:
        return [EMBEDDED]
    return [
        word
        for name in _PLACE
        if hasattr(options, name)
        for word in (f"--{name.replace('_', '-')}", str(getattr(options, name)))
    ]


def next_to_type(result: Json, place: Sequence[str] = ()) -> str:
    """Return the command that goes on from a tool's result; empty where none does.

    Args:
        result: Its structured content: an answer, or an error.
        place: See `place_of`.
    """
    words = _words(result)
    return in_shell(["mcp-foundry", *words, *place]) if words else ""


def told_what_next(result: Json, place: Sequence[str] = ()) -> str:
    """Return in a line what an answer lacks and what to type; empty where it lacks nothing.

    What came of an embedded emulator has ended with it, and no command goes on from there.

    Args:
        result: See `next_to_type`.
        place: See `place_of`.
    """
    lacks, line = _lack(result), next_to_type(result, place)
    if not lacks:
        return f"To see the agents, type: {line}" if line else ""
    reason, step = lacks
    if EMBEDDED in place:
        from mcp_foundry.server.forgetting import ENDS

        return f"{reason}. {ENDS}"
    return f"{reason}. {step}, type: {line}" if line else f"{reason}."


def in_shell(words: Sequence[str], *, windows: bool = os.name == "nt") -> str:
    """Return words as a line of the platform's shell."""
    return subprocess.list2cmdline(words) if windows else shlex.join(words)


def _words(result: Json) -> list[str]:
    answer_id, conversation = result.get("answer_id", ""), result.get("conversation_id", "")
    status = result.get("status", "")
    if result.get("error", {}).get("code") == "agent_not_found":
        return ["call", "list_agents"]
    if status == "in_progress" and answer_id:
        return ["call", "get_answer", f"answer_id={answer_id}"]
    if status in {"queued", "in_progress"} and "update_id" in result:
        return ["call", "update_memory", f"update_id={result['update_id']}"]
    if status == "requires_action" and conversation:
        return _of_pending(result["pending"], conversation)
    final = {"cancelled", "content_filter"}
    if status == "incomplete" and conversation and result.get("incomplete_reason") not in final:
        return ["ask", "--conversation", conversation, _GO_ON]
    return []


def _of_pending(pending: Sequence[Json], conversation: str) -> list[str]:
    kinds = {item["kind"] for item in pending}
    if "oauth_consent" in kinds:
        return ["ask", "--conversation", conversation, SIGNED_IN]
    replies = dumps([_reply(item) for item in pending[:_MOST_REPLIES]], ensure_ascii=False)
    words = ["call", "ask_agent", f"conversation_id={conversation}", f"replies={replies}"]
    return [*words, "--approvals", "caller"] if "approval" in kinds else words


def _reply(item: Json) -> Json:
    said: Json = {"approve": True} if item["kind"] == "approval" else {"output": "..."}
    return {"id": item["id"], **said}


def _lack(result: Json) -> tuple[str, str] | None:
    """Return what an answer lacks, and what the command that goes on is for."""
    status, pending = result.get("status", ""), result.get("pending", [])
    if status in {"queued", "in_progress"}:
        return "It is still in progress", "To have it"
    if status == "incomplete":
        reason = str(result.get("incomplete_reason") or "it was cut short")
        return f"The answer is incomplete ({reason})", "For the rest"
    if status != "requires_action":
        return None
    for item in pending:
        if item["kind"] == "oauth_consent":
            where = item.get("url") or "the tool's provider (its link is no https and was withheld)"
            return f"The agent waits for somebody to sign in at {where}", "After that"
    calls = ", ".join(_called(item) for item in pending[:_MOST_REPLIES])
    if all(item["kind"] == "approval" for item in pending):
        return f"The agent waits for approval of {calls}", "To approve (with false: to deny)"
    return f"The agent waits for the output of {calls}", "With it in place of the dots"


def _called(item: Json) -> str:
    name = ".".join(filter(None, (item.get("server"), item.get("name")))) or item["kind"]
    return f"{name}({item.get('arguments', '')})"
