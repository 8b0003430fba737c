"""A response read by its id, and its stream resumed: points 3 and 4, with one question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import anyio

from mcp_foundry.commands.probing.asked import LONG
from mcp_foundry.commands.probing.findings import FETCH, RESUME
from mcp_foundry.commands.probing.hearing import Stream
from mcp_foundry.commands.probing.replies import Reply
from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.contract.json import objects_in, text_in

if TYPE_CHECKING:
    from mcp_foundry.commands.probing.findings import Finding
    from mcp_foundry.commands.probing.requests import Route
    from mcp_foundry.contract.json import Json

# Events after which the stream is closed: created, queued or in_progress, and one more.
_FEW = 3


@dataclass
class _Looked:
    """What was seen of the response, and what its resumed streams said."""

    last: int | None = None
    in_flight: Reply | None = None
    after: Reply | None = None
    going_on: Resumed | None = None
    once_more: Resumed | None = None


@dataclass(frozen=True)
class Resumed:
    """What a resumed stream brought.

    Attributes:
        numbers: Those of its events.
        ended: Whether its end came.
        why: Why nothing did, in words.
    """

    numbers: list[int]
    ended: bool
    why: str = ""

    def brings(self, last: int | None) -> bool:
        """Whether it holds all events behind that number."""
        first = 0 if last is None else last + 1
        behind = list(range(first, first + len(self.numbers)))
        return self.ended and bool(self.numbers) and self.numbers == behind

    def told(self, last: int | None) -> str:
        """Return it in words."""
        if self.why:
            return self.why
        if not self.numbers:
            return "a stream without sequence numbers" if self.ended else "nothing came"
        if self.brings(last):
            return f"all {len(self.numbers)} missing events came, numbered"
        end = "to the end" if self.ended else "and not the end"
        return f"events {self.numbers[0]} to {self.numbers[-1]} came, {end}, behind {last}"


async def follow(route: Route) -> list[Finding]:
    """Ask at length, leave the stream after a few events, and look for the rest."""
    seen = _Looked()
    async with route.asking(LONG) as stream:
        # In the foreground nothing else comes before the text, which may be all there is.
        few = 1 if route.foreground else _FEW
        await stream.until(lambda heard: len(heard.names) >= few and heard.id)
        identifier = stream.heard.id
        seen.last = stream.heard.numbers[-1] if stream.heard.numbers else None
        if route.foreground:
            # To leave it would be to cancel it: that is point 6.
            seen.in_flight = await route.read(identifier)
            await stream.to_the_end()
    if not route.foreground:
        await _go_on(route, identifier, seen)
    seen.after = await route.read_to_the_end(identifier)
    if not route.foreground:
        seen.once_more = await resume_from(route, identifier, seen.last)
    return [_fetched(route, seen), _resumed(route, seen)]


async def _go_on(route: Route, identifier: str, seen: _Looked) -> None:
    """Read by id and resume side by side, for either may take longer than the response."""

    async def read() -> None:
        seen.in_flight = await route.read(identifier)

    async def resume() -> None:
        seen.going_on = await resume_from(route, identifier, seen.last)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(read)
        tasks.start_soon(resume)


async def resume_from(route: Route, identifier: str, last: int | None) -> Resumed:
    """Stream a response again, from behind the event of that number, or from its beginning."""
    after = "" if last is None else f"&starting_after={last}"
    path = route.at.response(identifier, query=f"stream=true{after}")
    stream = Stream()
    try:
        async with route.session.wire.stream(path, "the probe") as chunks:
            stream.opened(chunks)
            await stream.to_the_end()
    except FoundryError as failure:
        return Resumed(stream.heard.numbers, False, route.told(failure))
    return Resumed(stream.heard.numbers, stream.heard.ended)


def _fetched(route: Route, seen: _Looked) -> Finding:
    early, late = seen.in_flight or Reply(0), seen.after or Reply(0)
    there = " at the agent's own endpoint" if route.at.agent else ""
    came = f"in flight {_told(route, early)}; after {_told(route, late)}{there}"
    too_late = early.state not in {"queued", "in_progress", ""}
    if not late.taken or not late.body:
        follows = (
            "the bridge reads answers in the list instead of by their id"
            if late.status == 500  # noqa: PLR2004 - the one status for which it does
            else "an answer whose stream broke cannot be fetched by its id"
        )
    elif not text_of(late.body):
        follows = "an answer whose stream broke is lost"
    elif not early.taken or not early.body:
        follows = "get_answer fails while the answer is in_progress: ask it again later"
    elif text_of(early.body) and not too_late:
        follows = "nothing is lost: polling shows text before the end"
    else:
        follows = ""
    return FETCH.found(not follows, f"{came}{' (it had ended by then)' * too_late}", follows)


def _told(route: Route, reply: Reply) -> str:
    if reply.told:
        return reply.told
    text = "with text" if text_of(reply.body) else "with empty output"
    if reply.body.get("output") and not text_of(reply.body):
        text = "with output but no text"
    return f"HTTP {reply.status} {route.blank(reply.state) or 'without a status'} {text}"


def _resumed(route: Route, seen: _Looked) -> Finding:
    going_on, once_more = seen.going_on, seen.once_more
    if going_on is None or once_more is None:
        return RESUME.untried(
            f"only a background response can be resumed ({route.foreground})",
            "after a broken connection the bridge returns what had arrived",
        )
    came = f"in flight: {going_on.told(seen.last)}; after the end: {once_more.told(seen.last)}"
    if not going_on.brings(seen.last):
        follows = "the bridge polls where it cannot resume: no text before the end, but no loss"
    elif not once_more.brings(seen.last):
        follows = "after the end the bridge fetches the answer by its id"
    else:
        follows = ""
    return RESUME.found(not follows, came, follows)


def text_of(response: Json) -> str:
    """Return the text in a response's output."""
    items = objects_in(response.get("output"))
    parts = (part for item in items for part in objects_in(item.get("content")))
    return "".join(text_in(part.get("text")) for part in parts)
