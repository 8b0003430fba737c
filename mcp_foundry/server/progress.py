"""What a client hears while a call waits: text as it grows, what the agent does, signs of life."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import anyio

from mcp_foundry.agents.made_files import before_links
from mcp_foundry.contract.answers import Answer

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from mcp_foundry.runs.run import Run
    from mcp_foundry.server.call import Call

# Eight samples a second leave room for the last piece and a last activity: ten messages at most.
_INTERVAL = 0.125
_TAIL = 160
ACTIVITY = "⋯ "
"""Tells a line on what the agent does from the text that it writes."""
ANEW = " began anew: forget what it wrote so far"
"""Ends the line that says so."""


class Progress:
    """Sends progress; the SDK passes it to the client that asked for it, and drops it otherwise."""

    def __init__(self, ctx: Call) -> None:
        self._report = ctx.report_progress
        self._settings = ctx.request_context.lifespan_context.settings
        self._count = 0.0

    async def tell(self, message: str, done: float = 0, total: float | None = None) -> None:
        """Send one message; its number always grows, as the protocol asks."""
        self._count = max(done, self._count + (1 if total is None else 0.001))
        await self._report(self._count, total, message)

    async def heartbeat(self, run: Run) -> None:
        """Tell now and then that the call is alive, until the run is done."""
        begun = anyio.current_time()
        while not run.done.is_set():
            with anyio.move_on_after(self._settings.limits.heartbeat):
                await run.news.wait()
            if not run.done.is_set():
                await self._tell_alive(run, begun)

    async def text(self, run: Run) -> None:
        """Tell the text as it grows and what the agent does, until the run is done."""
        begun = spoken = anyio.current_time()
        told = activities = draft = 0
        while True:
            done = run.done.is_set()
            if run.reader.draft != draft:
                if told:
                    await self.tell(f"{ACTIVITY}{run.name}{ANEW}")
                told, draft = 0, run.reader.draft
            text, doing = self._unreported(run, told, activities)
            if doing:
                activities += len(doing)
                await self.tell(ACTIVITY + " ".join(doing))
            if text and (done or not doing):
                told += len(text)
                await self.tell(text if self._settings.progress == "delta" else text_tail(run))
            if done:
                return
            if text or doing:
                spoken = anyio.current_time()
                with anyio.move_on_after(_INTERVAL):
                    await run.done.wait()
                continue
            quiet = spoken + self._settings.limits.heartbeat - anyio.current_time()
            with anyio.move_on_after(quiet) as silence:
                await run.changed.wait()
            if silence.cancelled_caught:
                spoken = anyio.current_time()
                await self._tell_alive(run, begun)

    async def _tell_alive(self, run: Run, begun: float) -> None:
        seconds = anyio.current_time() - begun
        doing = f"{run.name} is at work" if run.ids or not run.notice else run.notice
        await self.tell(f"{ACTIVITY}{doing} ({seconds:.0f} s)")

    @staticmethod
    def _unreported(run: Run, told: int, activities: int) -> tuple[str, list[str]]:
        reader = run.reader
        reader.catch_up()
        ended = run.outcome
        whole = ended.text if isinstance(ended, Answer) else before_links(reader.text)
        return whole[told:], reader.activities[activities:]

    @asynccontextmanager
    async def alive(self, describe: Callable[[], str]) -> AsyncGenerator[None, None]:
        """Tell now and then, while the body runs, how long it has been running."""
        begun = anyio.current_time()

        async def beat() -> None:
            while True:
                await anyio.sleep(self._settings.limits.heartbeat)
                await self.tell(f"{ACTIVITY}{describe()} ({anyio.current_time() - begun:.0f} s)")

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(beat)
            yield
            tasks.cancel_scope.cancel()

    @asynccontextmanager
    async def counting(self, places: list[Any]) -> AsyncGenerator[None, None]:
        """Tell, while a list fills, how many of its places are filled."""
        total = len(places)

        async def beat() -> None:
            known, spoken = 0, anyio.current_time()
            while True:
                await anyio.sleep(_INTERVAL)
                filled, now = total - places.count(None), anyio.current_time()
                silent = now - spoken >= self._settings.limits.heartbeat
                # The end is told once, below.
                if filled < total and (filled > known or silent):
                    known, spoken = filled, now
                    await self.tell(f"{filled} of {total} answered", filled, total)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(beat)
            yield
            tasks.cancel_scope.cancel()
        filled = total - places.count(None)
        await self.tell(f"{filled} of {total} answered", filled, total)


def text_tail(run: Run) -> str:
    """Return the end of what was written, for hosts that show one line."""
    outcome = run.outcome
    return (outcome.text if isinstance(outcome, Answer) else run.reader.text)[-_TAIL:]
