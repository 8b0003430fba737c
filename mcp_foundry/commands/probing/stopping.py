"""Responses that are stopped, by a cancel or by going away: points 5 and 6."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

from mcp_foundry.commands.probing.asked import ENDLESS
from mcp_foundry.commands.probing.findings import CANCEL, DROP
from mcp_foundry.commands.probing.following import text_of

if TYPE_CHECKING:
    from mcp_foundry.commands.probing.findings import Finding
    from mcp_foundry.commands.probing.replies import Reply
    from mcp_foundry.commands.probing.requests import Route

_NOT_FOUND = 404


async def cancel(route: Route) -> Finding:
    """Cancel a response in flight, cancel it again, and cancel another that has completed."""
    async with route.asking(ENDLESS) as stream:
        if route.foreground:
            return CANCEL.untried(
                f"only a background response can be cancelled by its id ({route.foreground})",
                "a question is cancelled by closing its stream, see point 6",
            )
        await stream.until(lambda heard: heard.id)
        identifier = stream.heard.id
        first = await _cancel(route, identifier)
    again = await _cancel(route, identifier)
    end = await route.read_to_the_end(identifier)
    came = f"in flight {_told(route, first)}; again {_told(route, again)}"
    came += f"; GET then {_told(route, end)}"
    unchanged = True
    if route.completed:
        late = await _cancel(route, route.completed)
        now = await route.read(route.completed)
        # Where it cannot be read, nothing says that it was changed.
        unchanged = now.state in {"completed", ""}
        came += f"; of a completed one {_told(route, late)}, which leaves it {_told(route, now)}"
    if not first.taken or first.state not in {"cancelled", ""}:
        follows = "a cancelled call may leave its question running, and paid for, at the service"
    elif not unchanged:
        follows = "an answer that was cancelled too late is lost"
    else:
        follows = ""
    return CANCEL.found(not follows, came, follows)


async def _cancel(route: Route, identifier: str) -> Reply:
    return await route.send("POST", route.at.response(identifier, "/cancel"), {})


def _told(route: Route, reply: Reply) -> str:
    if reply.told:
        return reply.told
    return f"HTTP {reply.status} {route.blank(reply.state) or 'without a status'}"


class Dropped:
    """A foreground response whose stream is left: dropped first of all, looked at last of all."""

    def __init__(self, route: Route) -> None:
        self._route = route
        self._id = ""
        self._at_once = ""
        self._when = 0.0

    async def drop(self) -> list[Finding]:
        """Ask, leave after the first event with an id, and look."""
        async with self._route.asking(ENDLESS, background=False) as stream:
            await stream.until(lambda heard: heard.id)
            self._id = stream.heard.id
        self._when = anyio.current_time()
        self._at_once = _told(self._route, await self._route.read(self._id))
        return []

    async def look_again(self) -> Finding:
        """Look for what became of it."""
        await anyio.sleep_until(self._when + self._route.patience.lost)
        reply = await self._route.read(self._id)
        seconds = anyio.current_time() - self._when
        text = "with its text" if text_of(reply.body) else "without text"
        came = f"GET at once {self._at_once}; after {seconds:.0f} s {_told(self._route, reply)}"
        if not reply.taken and reply.status != _NOT_FOUND:
            return DROP.untried(came, "GET by id does not say, see point 3")
        if reply.taken:
            came += f", {text}"
        if text_of(reply.body):
            follows = (
                "the foreground loses no answer here: MCP_FOUNDRY_BACKGROUND=off costs nothing, "
                "and closing a stream cancels nothing"
            )
        elif reply.state in {"queued", "in_progress"}:
            follows = "closing a stream does not cancel at once: the question is paid for"
        else:
            follows = ""
        return DROP.found(not follows, came, follows)
