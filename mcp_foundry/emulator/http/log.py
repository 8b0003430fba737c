"""A line for each request: what was asked, what it got, and what the model did for it."""

import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.typedefs import Handler

from mcp_foundry.emulator.http.calls import is_closing
from mcp_foundry.emulator.runs.watching import WatchedRun
from mcp_foundry.emulator.store.names import PROJECT_PATH

# Of a run with one of these there is more to tell.
UNDER_WAY = ("queued", "in_progress", "cancelling")


@dataclass
class _Asked:
    """A request, the runs that it began, and those of them that went on when it was told."""

    runs: list[WatchedRun] = field(default_factory=list[WatchedRun])
    went_on: list[WatchedRun] = field(default_factory=list[WatchedRun])


class Log:
    """Writes a line for each request, and one more for a run that outlives its request.

    Args:
        write: Takes a line, without its end.
    """

    def __init__(self, write: Callable[[str], object]) -> None:
        self._write = write
        # A run is a task, which has the context of the request that began it.
        self._asked: ContextVar[_Asked | None] = ContextVar("asked", default=None)

    def began(self, run: WatchedRun) -> None:
        """Note that a run begins, or goes on, for the request under way."""
        run.deeds.clear()
        if asked := self._asked.get():
            asked.runs.append(run)

    def ended(self, run: WatchedRun) -> None:
        """Tell of a run whose request has been told already."""
        asked = self._asked.get()
        if asked and run in asked.went_on:
            self._write(_told(run))

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer a request, and tell of it once it is answered."""
        asked = _Asked()
        before = self._asked.set(asked)
        started = time.perf_counter()
        status = "gone"  # the client left, or the emulator closes
        try:
            response = await handler(request)
            status = "closed" if is_closing(request) else str(response.status)
        except web.HTTPException as refused:
            status = str(refused.status)
            raise
        finally:
            self._asked.reset(before)
            took = round((time.perf_counter() - started) * 1000)
            # As it was sent: a line break in a path stays escaped.
            path = request.rel_url.raw_path.removeprefix(PROJECT_PATH)
            line = f"{request.method} {path} {status} {took} ms"
            self._write("; ".join([line, *map(_told, asked.runs)]))
            asked.went_on = [run for run in asked.runs if run.body["status"] in UNDER_WAY]
        return response


def _told(run: WatchedRun) -> str:
    return f"{run.id}: {', '.join([*run.deeds, run.body['status']])}"
