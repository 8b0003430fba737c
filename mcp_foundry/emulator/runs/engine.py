"""What runs need: the model, its pace, the books, and the tasks."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import suppress
from typing import Protocol

from mcp_foundry.emulator.model.acts import Citation, Say
from mcp_foundry.emulator.model.question import Model
from mcp_foundry.emulator.runs.watching import WatchedRun, Watcher
from mcp_foundry.emulator.store.files import Files
from mcp_foundry.emulator.wire.refusals import Refusal

# Between so many tokens a run at full speed lets others work: rarely enough to be cheap, often
# enough that fifty runs at once all make progress.
TOKENS_PER_TURN = 16
# Of so many ended background responses the events are kept, for those who stream them again.
REPLAYABLE = 50


class LiveRun(WatchedRun, Protocol):
    """What the engine knows of a run."""

    def cancel(self) -> bool:
        """Stop the work; False if there is none."""
        ...

    def forget(self) -> None:
        """Drop the events."""
        ...

    @property
    def session(self) -> str:
        """In which session it is worked on; empty for none."""
        ...

    def abandon(self) -> None:
        """Stop the work, and show nothing of that."""
        ...


class Engine:
    """What runs need: the model, its pace, and the books.

    Args:
        model: What answers.
        changed: Called whenever anything happens, for those who wait for it.
        first_token: Seconds before a run does anything.
        tokens_per_second: The pace of text; 0 is as fast as possible.
        files: Where code interpreters write.
    """

    def __init__(
        self,
        model: Model,
        changed: Callable[[], None],
        first_token: float,
        tokens_per_second: float,
        files: Files,
    ) -> None:
        self.files = files
        self.model = model
        self.changed = changed
        self.first_token = first_token
        self.tokens_per_second = tokens_per_second
        self.watcher: Watcher | None = None
        self.action_expiry = 600.0
        self.scripts: deque[str] = deque()
        self.live: dict[str, LiveRun] = {}
        self.created = 0
        self.taken = 0
        self.tasks: set[asyncio.Task[None]] = set()
        self._replayable: deque[LiveRun] = deque()
        self.keep: Callable[[], None] | None = None

    def next_script(self) -> str | None:
        """What the next run does whatever it is asked, if a test said so."""
        return self.scripts.popleft() if self.scripts else None

    def begin(self, run: LiveRun) -> None:
        """Note that a run begins, or goes on."""
        self.live[run.id] = run
        if self.watcher:
            self.watcher.began(run)

    def retire(self, run: LiveRun, *, replayable: bool) -> None:
        """Let a run whose task is over forget its events: now, or once enough others are over."""
        if self.watcher:
            self.watcher.ended(run)
        if not replayable:
            run.forget()
            return
        self._replayable.append(run)
        if len(self._replayable) > REPLAYABLE:
            self._replayable.popleft().forget()

    def save(self) -> None:
        """Write down what has changed, where there is a data file."""
        if self.keep:
            # What cannot be written is tried again by the next request, which then is refused.
            with suppress(Refusal):
                self.keep()

    def abandon(self, session_id: str) -> None:
        """Stop the work of the runs in a session, and let them show as if it went on."""
        for run in list(self.live.values()):
            if run.session == session_id:
                run.abandon()

    def spawn(self, work: Coroutine[object, object, None]) -> "asyncio.Task[None]":
        """Run something on the side until the emulator closes."""
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self._over)
        return task

    def _over(self, task: "asyncio.Task[None]") -> None:
        self.tasks.discard(task)
        self.save()

    async def close(self) -> None:
        """Cancel every run and everything else on the side, and wait until it is gone."""
        for run in list(self.live.values()):
            run.cancel()
        tasks = list(self.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def reset(self) -> None:
        """Cancel everything, and forget what was counted and what runs were told to do."""
        await self.close()
        self.scripts.clear()
        self._replayable.clear()
        self.created = self.taken = 0

    async def paced(self, act: Say) -> AsyncIterator[str | Citation]:
        """The pieces of a message, at the model's pace."""
        started = time.monotonic()
        count = 0
        async for piece in each_piece(act):
            if self.tokens_per_second:
                due = started + count / self.tokens_per_second
                await asyncio.sleep(max(0.0, due - time.monotonic()))
            elif count % TOKENS_PER_TURN == 0:
                await asyncio.sleep(0)
            count += 1
            yield piece


async def each_piece(act: Say) -> AsyncIterator[str | Citation]:
    """The pieces of a message, as fast as they come."""
    if isinstance(act.pieces, AsyncIterator):
        async for token in act.pieces:
            yield token
    else:
        for piece in act.pieces:
            yield piece
