"""Many questions at once, which go on when the call that asked them has given up waiting.

A run begins when its turn comes, so that a thousand questions hold what a few runs hold, and none
of them grows old in a queue. Turns of one conversation are asked one after the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import anyio

from mcp_foundry.contract.answers import CANCELLED, Answer
from mcp_foundry.contract.batches import BatchAnswer
from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.contract.identifiers import chain_of
from mcp_foundry.runs.workers import Workers
from mcp_foundry.telemetry import names
from mcp_foundry.telemetry.events import here, link

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractAsyncContextManager

    from mcp_foundry.runs.asker import Asker, Request
    from mcp_foundry.runs.run import Run
    from mcp_foundry.runs.shelf import OwnShelf

# Seconds in which a batch that was stopped is to be at its end.
_GRACE = 1.0


class Batch:
    """The questions of one call.

    Attributes:
        id: Its name, for this process.
        answers: One for each request, None while there is none.
        done: Set when all are there.
    """

    def __init__(self, requests: Sequence[Request], asker: Asker, kept: OwnShelf[Run]) -> None:
        self.id = f"batch_{uuid4().hex[:10]}"
        self.answers: list[Answer | None] = [None] * len(requests)
        self.done = anyio.Event()
        self._asked_in = here()
        self._requests = requests
        self._asker: Asker | None = asker
        self._under_way = asker.under_way
        self._kept = kept
        self._places = iter(range(len(requests)))
        self._told: set[int] = set()
        # Each id is told once: sixteen of them cost a model as much as a page.
        self._announced: set[int] = set()
        self._in_parts = False
        self._waiting = 0
        self._gently = False
        self._taking = anyio.Lock()

    async def run(self, workers: int, *, gently: bool = False) -> None:
        """Ask all, so many at once; gently: with room between for whatever else waits."""
        workers, self._gently = min(workers, len(self._requests)), gently
        try:
            await Workers(self._take, self._ask, self._chain).run(workers, len(self._requests))
        finally:
            for place, answer in enumerate(self.answers):
                if answer is None:
                    self.answers[place] = Answer(status="incomplete", incomplete_reason=CANCELLED)
            self.done.set()
            # It may be kept for long: without what was asked, and whose session asked it.
            self._requests, self._asker = (), None

    async def _take(self) -> int | None:
        if self._gently:
            async with self._taking:
                # A turn of the loop in which none begins, and one to pass the lock on.
                await anyio.lowlevel.checkpoint()
        return next(self._places, None) if self._asker and not self._asker.stopped else None

    async def _ask(self, place: int) -> None:
        if self._asker and not self._asker.stopped:
            self.answers[place] = await self._asker.answer(place, self._requests[place])

    def _chain(self, place: int) -> str:
        return chain_of(self._requests[place].conversation_id)

    async def wait(
        self, seconds: float, watching: AbstractAsyncContextManager[None]
    ) -> BatchAnswer:
        """Wait until all are answered, or for so many seconds (0: any number); return what is new.

        A call that is cancelled stops the batch, unless another one waits for it.
        """
        self._waiting += 1
        link(self._asked_in)
        try:
            async with watching:
                with anyio.move_on_after(seconds or None):
                    await self.done.wait()
        except BaseException:
            if self._waiting == 1:
                with anyio.CancelScope(shield=True):
                    await self.stop()
            raise
        finally:
            self._waiting -= 1
        return self._tell()

    async def stop(self) -> BatchAnswer:
        """Ask no more, cancel what is under way, and return the batch as it stands."""
        if self._asker:
            await self._asker.stop()
        # One whose conversation is just being looked up notices later.
        with anyio.move_on_after(_GRACE):
            await self.done.wait()
        return self._tell()

    def _tell(self) -> BatchAnswer:
        answers = list(self.answers)
        for place, run in self._under_way.items():
            if run.ids is not None:
                # Whoever holds its id can fetch it, also from another process: it may go on there.
                self._kept.put(run.ids.answer_id, run)
                run.waiting = 0
                answers[place] = run.reader.answer_so_far("in_progress").model_copy(
                    update={"text": ""}
                )
        ended = {place for place, answer in enumerate(self.answers) if answer}
        news = ended - self._told
        if not news and self.done.is_set():
            news = ended  # all was brought; perhaps its last part was lost on the way
        self._told |= news
        begun = {place for place in self._under_way if answers[place]} - self._announced
        for place in begun:
            self._under_way[place].invocation.note(names.HANDED_OVER)
        self._announced |= begun
        places = sorted(news | begun)
        ended_now = self.done.is_set()
        self._in_parts |= not ended_now
        return BatchAnswer.of(self.id, answers, places, ended=ended_now, in_parts=self._in_parts)

    def answer(self, number: int) -> Answer:
        """Return one answer, whole.

        Raises:
            FoundryError: There is no such answer, or it is still under way.
        """
        if not 1 <= number <= len(self.answers):
            raise FoundryError(
                "invalid_request",
                f"batch '{self.id}' has no answer {number}: its answers are numbered from 1 to "
                f"{len(self.answers)}.",
            )
        place = number - 1
        run = self._under_way.get(place)
        if run is not None and run.ids is not None:
            self._kept.put(run.ids.answer_id, run)
        answer = self.answers[place] or (run.reader.answer_so_far("in_progress") if run else None)
        if answer is None or (answer.status == "in_progress" and not answer.answer_id):
            return Answer(status="in_progress", answer_id=self.id)
        return answer
