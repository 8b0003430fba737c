"""How a command ended, as the one number that a script reads."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

COMPLETED, FAILED, USAGE, IN_PROGRESS, REQUIRES_ACTION, INCOMPLETE, IN_PART = range(7)
MEANINGS = {
    COMPLETED: "completed",
    FAILED: "failed",
    USAGE: "wrong usage",
    IN_PROGRESS: "in_progress: handed back before its end",
    REQUIRES_ACTION: "requires_action: it waits for an approval, a sign-in or a function's output",
    INCOMPLETE: "incomplete, or refused by the agent",
    IN_PART: "a batch that failed in part",
}
"""What each code says; 128 + n after signal n."""

# Of answers; and of a memory's update, whose other statuses leave nothing to do.
_OF_STATUS = {
    "failed": FAILED,
    "queued": IN_PROGRESS,
    "in_progress": IN_PROGRESS,
    "requires_action": REQUIRES_ACTION,
    "incomplete": INCOMPLETE,
}


def code_of(result: Json, *, tolerant: bool = False) -> int:
    """Return the exit code for what a tool answered without an error.

    Args:
        result: Its structured content. What has no status is there, and so a success.
        tolerant: Whether only a failure is one, and an answer that is not whole is none.
    """
    if "batch_id" in result:
        code = _of_batch(result)
    elif result.get("refused"):
        code = INCOMPLETE
    else:
        code = _OF_STATUS.get(str(result.get("status")), COMPLETED)
    return COMPLETED if tolerant and code > USAGE else code


def _of_batch(batch: Json) -> int:
    if batch["status"] == "in_progress":
        return IN_PROGRESS
    return of_counts(batch["completed"], batch["failed"], batch["unfinished"])


def of_counts(completed: int, failed: int, unfinished: int) -> int:
    """Return the exit code of a batch that has ended, by the number of its answers."""
    if not failed and not unfinished:
        return COMPLETED
    return IN_PART if completed or unfinished else FAILED
