"""Many questions at once, which go on when the call that asked them has given up waiting.

A run begins when its turn comes, so that a thousand questions hold what a few runs hold, and none
of them grows old in a queue. Turns of one conversation are asked one after the other.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import uuid4

import anyio

from mcp_foundry.agents.sandboxes import Sandboxes
from mcp_foundry.contract.answers import CANCELLED, Answer, Error
from mcp_foundry.contract.batches import BatchAnswer
from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.service.explain import explain

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager

    from mcp_foundry.agents.question import Question
    from mcp_foundry.runs.run import Run
    from mcp_foundry.runs.supervisor import Supervisor

# Seconds in which a batch that was stopped is to be at its end.
_GRACE = 1.0


class Request(NamedTuple):
    """One question of a batch, as it was asked for."""

    message: str
    agent: str
    conversation_id: str
    inputs: Mapping[str, Any] = MappingProxyType({})
    files: Sequence[str] = ()


class Asker(NamedTuple):
    """What a batch needs of the session.

    Attributes:
        question: Checks a request.
        explain: Adds to a failure what the project knows.
        keep: Keeps what files there are of an answer.
    """

    question: Callable[[Request], Awaitable[Question]]
    explain: Callable[[FoundryError, str], Awaitable[FoundryError]]
    keep: Callable[[Answer], Awaitable[Answer]]


class Batch:
    """The questions of one call.

    Attributes:
        id: Its name, for this process.
        answers: One for each request, None while there is none.
        done: Set when all are there.
    """

    def __init__(self, requests: Sequence[Request], asker: Asker, runs: Supervisor) -> None:
        self.id = f"batch_{uuid4().hex[:10]}"
        self.answers: list[Answer | None] = [None] * len(requests)
        self.done = anyio.Event()
        self._requests = requests
        self._asker = asker
        self._runs = runs
        self._sandboxes = Sandboxes()
        self._chains = _chains(requests)
        self._under_way: dict[int, Run] = {}
        self._told: set[int] = set()
        # Each id is told once: sixteen of them cost a model as much as a page.
        self._announced: set[int] = set()
        self._in_parts = False
        self._stopped = False
        self._waiting = 0

    async def run(self, workers: int) -> None:
        """Ask all, so many at once."""
        try:
            async with anyio.create_task_group() as tasks:
                for _ in range(min(workers, len(self._chains))):
                    tasks.start_soon(self._work)
        finally:
            for place, answer in enumerate(self.answers):
                if answer is None:
                    self.answers[place] = Answer(status="incomplete", incomplete_reason=CANCELLED)
            self.done.set()

    async def _work(self) -> None:
        while self._chains:
            for place in self._chains.popleft():
                if not self._stopped:
                    self.answers[place] = await self._answer(place)

    async def _answer(self, place: int) -> Answer:
        request = self._requests[place]
        run: Run | None = None
        try:
            question = replace(await self._asker.question(request), shared=self._sandboxes)
            run = self._runs.begin(question, patient=True)
            self._under_way[place] = run
            if self._stopped:
                run.cancel()
            return await self._asker.keep(await self._runs.follow(run))
        except Exception as exception:  # noqa: BLE001 - each question fails by itself
            if self._stopped and run is not None:
                return run.reader.answer_so_far("incomplete", CANCELLED)
            about = f"request {place + 1}"
            failure = await self._asker.explain(explain(exception, about), request.agent)
            return Answer(status="failed", agent=request.agent, error=Error.of(failure))
        finally:
            self._under_way.pop(place, None)

    async def wait(
        self, seconds: float, watching: AbstractAsyncContextManager[None]
    ) -> BatchAnswer:
        """Wait until all are answered, or for so many seconds (0: any number); return what is new.

        A call that is cancelled stops the batch, unless another one waits for it.
        """
        self._waiting += 1
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
        self._stopped = True
        self._chains.clear()
        async with anyio.create_task_group() as tasks:
            for run in list(self._under_way.values()):
                tasks.start_soon(self._runs.cancel, run)
        # One whose conversation is just being looked up notices later.
        with anyio.move_on_after(_GRACE):
            await self.done.wait()
        return self._tell()

    def _tell(self) -> BatchAnswer:
        answers = list(self.answers)
        for place, run in self._under_way.items():
            if run.ids is not None:
                # Whoever holds its id can fetch it, also from another process: it may go on there.
                self._runs.keep(run.ids.answer_id, run)
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
            self._runs.keep(run.ids.answer_id, run)
        answer = self.answers[place] or (run.reader.answer_so_far("in_progress") if run else None)
        if answer is None or (answer.status == "in_progress" and not answer.answer_id):
            return Answer(status="in_progress", answer_id=self.id)
        return answer


def _chains(requests: Sequence[Request]) -> deque[list[int]]:
    """Return the places of the requests; those of one conversation together, in their order."""
    chains: dict[object, list[int]] = {}
    for place, request in enumerate(requests):
        shared = request.conversation_id.startswith(("conv_", "thread_"))
        chains.setdefault(request.conversation_id if shared else place, []).append(place)
    return deque(chains.values())
