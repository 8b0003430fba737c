"""The course of a probe: which point after which, and which side by side."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import anyio

from mcp_foundry.commands.probing.endpoints import compare_places
from mcp_foundry.commands.probing.findings import (
    BACKGROUND,
    CANCEL,
    CONVERSATION,
    DROP,
    ENDPOINT,
    FETCH,
    FILES,
    LISTING,
    METADATA,
    POINTS,
    REFUSALS,
    REPLIES,
    RESUME,
    SESSION,
    Finding,
    Untried,
)
from mcp_foundry.commands.probing.following import follow
from mcp_foundry.commands.probing.marking import list_running, mark
from mcp_foundry.commands.probing.refusing import ROLE, be_refused
from mcp_foundry.commands.probing.replying import reply
from mcp_foundry.commands.probing.requests import passes
from mcp_foundry.commands.probing.sending import send_files
from mcp_foundry.commands.probing.starting import ROUNDS, ask_in_background, ask_in_conversation
from mcp_foundry.commands.probing.staying import keep_session
from mcp_foundry.commands.probing.stopping import Dropped, cancel
from mcp_foundry.contract.errors import FoundryError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from mcp_foundry.commands.probing.findings import Point
    from mcp_foundry.commands.probing.replying import Tools
    from mcp_foundry.commands.probing.requests import Route
    from mcp_foundry.commands.probing.subject import Subject

# One for each of points 3 with 4, 5, 6, 8 and 9.
_SINGLE = 5
# A picture and a text, of point 13.
_FILES = 2
_LEFT = "a conversation, a session or a file"
# Of a prompt agent at its own endpoint; of a hosted one in its sessions.
_OTHER, _IN_SESSIONS = 1, 3


def questions(tools: Tools, *, hosted: bool) -> int:
    """Return how many questions a probe asks, those that should be refused not counted."""
    further = _IN_SESSIONS if hosted else _OTHER
    return 2 * ROUNDS + ROUNDS + _SINGLE + _FILES + tools.questions + further


class Course:
    """Tries all points, whatever becomes of each.

    Args:
        route: The way to the agent.
        subject: What is known of the agent.
        tell: Called with each finding as it comes.
    """

    def __init__(self, route: Route, subject: Subject, tell: Callable[[Finding], None]) -> None:
        self._route = route
        self._subject = subject
        self._tell = tell
        self._found: dict[int, Finding] = {}

    async def run(self) -> list[Finding]:
        """Return a finding for each point; nothing that was created is left."""
        patience = self._route.patience
        try:
            with anyio.move_on_after(patience.total):
                await self._all()
        finally:
            cleared = await self._route.leave()
        late = f"no time was left ({patience.total:g} s)"
        found = [self._found.get(point.number) or point.untried(late) for point in POINTS]
        if self._route.role:
            told = f"refused for a role: {self._route.role}"
            found[REFUSALS.number - 1] = REFUSALS.found(False, told, ROLE)
        if not cleared:
            place = CONVERSATION.number - 1
            told = f"{found[place].came}; {_LEFT} could not be deleted"
            found[place] = replace(found[place], came=told)
        return found

    async def _all(self) -> None:
        route, subject, dropped = self._route, self._subject, Dropped(self._route)
        # Dropped first, so that what follows is the time after which it is looked at again.
        await self._try([DROP], dropped.drop)
        # Times to a first token are taken while nothing else is asked.
        await self._try([BACKGROUND], partial(ask_in_background, route))
        await self._try([CONVERSATION], partial(ask_in_conversation, route))
        async with anyio.create_task_group() as tasks:
            for points, trying in (
                ([FETCH, RESUME], partial(follow, route)),
                ([CANCEL], partial(cancel, route)),
                ([REPLIES], partial(reply, route, subject.tools)),
                ([LISTING], partial(list_running, route)),
                ([METADATA], partial(mark, route)),
                ([REFUSALS], partial(be_refused, route)),
                ([ENDPOINT], partial(compare_places, route, subject)),
                ([SESSION], partial(keep_session, route, subject)),
                ([FILES], partial(send_files, route)),
            ):
                tasks.start_soon(self._try, points, trying)
        if DROP.number not in self._found:
            await self._try([DROP], dropped.look_again)

    async def _try(
        self, points: list[Point], trying: Callable[[], Awaitable[Finding | list[Finding]]]
    ) -> None:
        limit = self._route.patience.point
        try:
            with anyio.fail_after(limit):
                came = await trying()
        except Exception as exception:  # noqa: BLE001 - no point may be the end of the others
            came = [self._failed(point, exception) for point in points]
        for finding in came if isinstance(came, list) else [came]:
            self._found[finding.number] = finding
            self._tell(finding)

    def _failed(self, point: Point, exception: BaseException) -> Finding:
        """Return what it means that a point was not tried to its end."""
        while inner := getattr(exception, "exceptions", None):
            exception = inner[0]
        if isinstance(exception, Untried):
            return point.untried(str(exception))
        if isinstance(exception, TimeoutError):
            limit = self._route.patience.point
            return point.found(False, f"no end within {limit:g} s", "a call gets an answer_id then")
        if isinstance(exception, FoundryError):
            told = self._route.told(exception)
            if passes(exception):
                return point.untried(told, "probe again later")
            return point.found(False, told, f"the bridge tells it as {exception.code}")
        # The exception's words may quote what the service sent.
        shape = type(exception).__name__
        came = f"an answer of an unexpected shape ({shape})"
        return point.found(False, came, "report it: the probe does not know this shape")
