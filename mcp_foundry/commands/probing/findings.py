"""The points of the protocol that are tried, and what can be found of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["holds", "differs", "not tried"]


@dataclass(frozen=True)
class Finding:
    """What came of one point; every text is fit for an issue report.

    Attributes:
        number: The point's, from 1 to 13.
        point: Its short title.
        expected: What the bridge counts on.
        came: What the service did.
        verdict: Whether that is the same.
        follows: Which setting or behaviour of the bridge it leads to.
    """

    number: int
    point: str
    expected: str
    came: str
    verdict: Verdict
    follows: str


@dataclass(frozen=True)
class Point:
    """Something to find out; the fields are those of `Finding`."""

    number: int
    title: str
    expected: str

    def found(self, holds: bool, came: str, follows: str = "") -> Finding:
        """Return what was found."""
        verdict: Verdict = "holds" if holds else "differs"
        told = follows or ("nothing, the bridge counts on it" if holds else "look at the bridge")
        return Finding(self.number, self.title, self.expected, came, verdict, told)

    def untried(self, why: str, follows: str = "nothing is known of it") -> Finding:
        """Return why nothing was found."""
        return Finding(self.number, self.title, self.expected, why, "not tried", follows)


BACKGROUND = Point(
    1,
    "background and stream",
    "taken together; `background` echoed as true; the text streamed, its first token not late",
)
CONVERSATION = Point(2, "the same in a conversation", "as without one, turn after turn")
FETCH = Point(
    3, "GET by id", "HTTP 200 in flight, with empty output; HTTP 200 after, with the text"
)
RESUME = Point(
    4,
    "resume a stream",
    "starting_after brings what is missing, numbered, in flight; and once more after the end",
)
CANCEL = Point(
    5, "cancel", "HTTP 200 and `cancelled` in flight; no other status by a cancel after the end"
)
DROP = Point(6, "drop a foreground stream", "the response is cancelled, and its text is lost")
REPLIES = Point(
    7,
    "replies to a background response",
    "a function's output is taken by previous_response_id and by conversation, and so is a denial",
)
LISTING = Point(
    8, "list responses", "found by conversation_id and by agent_name while it runs, and after"
)
METADATA = Point(9, "`metadata` beside an agent", "taken, and echoed by GET and by the list")
REFUSALS = Point(
    10,
    "four refusals",
    "each says in its status, code, param or words what is unknown, so that the bridge can tell",
)
ENDPOINT = Point(
    11,
    "the agent's own endpoint",
    "takes a prompt agent's question in the background, in the version that is served, and has its "
    "answer; of a hosted agent, the project's route refuses it, so that the bridge can tell",
)
SESSION = Point(
    12,
    "a hosted agent's session",
    "a follow-up by previous_response_id alone stays in it; in one made for a version, "
    "that version answers",
)
FILES = Point(
    13,
    "files and pictures",
    "a picture and a text file in a question are taken; an upload with an end is taken and has "
    "one; a container that is not there is a 404",
)
POINTS = (
    BACKGROUND,
    CONVERSATION,
    FETCH,
    RESUME,
    CANCEL,
    DROP,
    REPLIES,
    LISTING,
    METADATA,
    REFUSALS,
    ENDPOINT,
    SESSION,
    FILES,
)


class Untried(Exception):  # noqa: N818 - nothing failed: there was nothing to try
    """A point cannot be tried; the message says why."""
