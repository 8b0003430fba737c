"""One run's life: sent once, read to its end, fetched where its stream breaks, cancelled if asked."""

from __future__ import annotations

import logging
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, TypeVar

import anyio

from mcp_foundry.errors import FoundryError, NotSent
from mcp_foundry.explain import explain
from mcp_foundry.results import Answer
from mcp_foundry.sse import EventDecoder

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from mcp_foundry.agents import Generation, Question, RunIds
    from mcp_foundry.queues import Slots, Turns
    from mcp_foundry.settings import Settings

T = TypeVar("T")
logger = logging.getLogger(__name__)

# The service's own failures and the way to it: a read may be tried again after these.
_PASSING = frozenset({"connection_failed", "service_unavailable", "timeout", "rate_limited"})
_UNAVAILABLE = 503
_SERVER_ERRORS = 500


class Bell:
    """Wakes whoever waits at the moment it rings; costs nothing where nobody does."""

    def __init__(self) -> None:
        self._event: anyio.Event | None = None

    def ring(self) -> None:
        """Wake all that wait."""
        if self._event is not None:
            self._event.set()
            self._event = None

    async def wait(self) -> None:
        """Wait for the next ring."""
        if self._event is None:
            self._event = anyio.Event()
        await self._event.wait()


class Run:
    """What was asked, what is known of its run, and how it ended.

    Attributes:
        news: Rings when the stream brought something, and at the end.
        done: Set when `outcome` is there.
        sent: Loop time at which it was sent; None while it waits for its turn, for a slot, or for
            the service to take it.
        waiting: How many calls wait for it.
    """

    def __init__(
        self,
        question: Question,
        generation: Generation,
        settings: Settings,
        ids: RunIds | None = None,
    ) -> None:
        self.question = question
        self.generation = generation
        self.reader = generation.reader(question)
        self.reader.ids = ids
        self.outcome: Answer | FoundryError | None = None
        self.news = Bell()
        self.done = anyio.Event()
        self.sent: float | None = None
        self.began = anyio.current_time()
        self.waiting = 0
        self._settings = settings
        self._cancelled = False
        self._scope = anyio.CancelScope()
        self._starting = anyio.CancelScope()

    @property
    def ids(self) -> RunIds | None:
        """What the service calls it, once that is known."""
        return self.reader.ids

    @property
    def name(self) -> str:
        """Whom it asks, for a person."""
        return (self.ids.agent if self.ids else "") or self.question.agent or "The agent"

    def result(self) -> Answer:
        """Return the answer, or what there is of it.

        Raises:
            FoundryError: It failed.
        """
        if isinstance(self.outcome, FoundryError):
            raise self.outcome
        if self.outcome is not None:
            return self.outcome
        self.reader.catch_up()
        return Answer(
            status="in_progress",
            text=self.reader.text,
            agent=self.ids.agent if self.ids else self.question.agent,
            generation=self.generation.name,
            conversation_id=self.ids.conversation_id if self.ids else "",
            answer_id=self.ids.answer_id if self.ids else "",
        )

    def cancel(self) -> None:
        """Stop following it. Its task then tells the service, and sets `done`.

        While its id is on the way, that is awaited for a moment, for a run can be cancelled only
        by its id.
        """
        self._cancelled = True
        self._starting.deadline = anyio.current_time() + self._settings.limits.cancel
        self._scope.cancel()

    async def live(self, turns: Turns, slots: Slots) -> None:
        """Live until `done`; never raises but when its task is cancelled."""
        limits, about = self._settings.limits, self.question.about
        try:
            with self._scope, anyio.move_on_after(limits.run) as life:
                self.outcome = await self._outcome(turns, slots)
            if life.cancelled_caught:
                self._cancelled = True
                self.outcome = FoundryError(
                    "timeout",
                    f"{about}: not done after {limits.run:g} s, the longest that a run may take; "
                    "it was cancelled. Ask for less at once.",
                )
        except FoundryError as failure:
            self.outcome = failure
        except Exception as crash:
            logger.exception("A run of %s crashed", about)
            self.outcome = explain(crash, about, self._settings.endpoint)
        finally:
            with anyio.move_on_after(limits.cancel, shield=True):
                await self._cancel_at_service()
            if self.outcome is None:
                self.outcome = FoundryError("run_failed", f"{about}: the run was cancelled.")
            self.done.set()
            self.news.ring()

    async def _cancel_at_service(self) -> None:
        if not self._cancelled or isinstance(self.outcome, Answer):
            return
        if self.ids is None:
            if self.sent is not None:
                logger.warning("Cancelled %s before its id came", self.question.about)
            return
        for _ in range(2):
            try:
                return await self.generation.cancel(self.ids)
            except FoundryError as failure:
                logger.info("Cancelling %s: %s", self.ids.answer_id, failure)
                if failure.code not in _PASSING:
                    return None

    async def _outcome(self, turns: Turns, slots: Slots) -> Answer:
        if self.ids is not None:
            self.sent = self.began
            return await self._polled(self.ids)
        async with turns.taken(self.question.conversation_id), slots.taken(self):
            self.question = await self.generation.prepare(self.question)
            self.reader = self.generation.reader(self.question)
            return await self._followed(slots)

    async def _followed(self, slots: Slots) -> Answer:
        """Send the question and read its stream; where the stream breaks, fetch the answer."""
        about = self.question.about
        try:
            async with AsyncExitStack() as stack:
                await self._read(stack, slots)
            broken = self.reader.broken or FoundryError(
                "connection_failed", f"{about}: the stream ended before the answer did."
            )
        except FoundryError as failure:
            if isinstance(failure, NotSent) or failure.status is not None:
                raise
            broken = failure
        except Exception as exception:  # noqa: BLE001 - whatever broke the stream, the run goes on
            broken = explain(exception, about, self._settings.endpoint)
        if isinstance(self.reader.outcome, FoundryError):
            raise self.reader.outcome
        if self.reader.outcome is not None:
            return self.reader.outcome
        logger.info("Fetching an answer, for its stream broke: %s", broken)
        return await self._recovered(broken)

    async def _read(self, stack: AsyncExitStack, slots: Slots) -> None:
        reader, decoder = self.reader, EventDecoder()
        chunks = await self._sent(stack, slots)
        with self._shielded():
            # A cancelled call waits here for the id: without it the run would be left running.
            async for chunk in chunks:
                for event in decoder.feed(chunk):
                    reader.take(event)
                if reader.ids or reader.ended:
                    break
        self.news.ring()
        await anyio.lowlevel.checkpoint()
        if reader.ended:
            return
        async for chunk in chunks:
            for event in decoder.feed(chunk):
                reader.take(event)
            self.news.ring()
            if reader.ended:
                return

    def _shielded(self) -> anyio.CancelScope:
        deadline = self._starting.deadline if self._cancelled else float("inf")
        self._starting = anyio.CancelScope(shield=True, deadline=deadline)
        return self._starting

    async def _sent(self, stack: AsyncExitStack, slots: Slots) -> AsyncIterator[bytes]:
        """Send the question; again only where the service said that it did not take it."""
        attempt = 0
        while True:
            self.sent = anyio.current_time()
            try:
                with self._shielded():
                    chunks = await self.generation.open(self.question, stack)
                    slots.eased()
                    return chunks
            except FoundryError as refusal:
                self.sent = None
                pause = self._pause(refusal, attempt)
                slots.throttled()
            else:
                # Cancelled, and no reply came within the grace.
                await anyio.lowlevel.checkpoint()
            attempt += 1
            await anyio.sleep(pause)

    def _pause(self, refusal: FoundryError, attempt: int) -> float:
        """Return the seconds to wait before sending again.

        Raises:
            FoundryError: It may have been taken, or the caller's patience ends before.
        """
        refused = refusal.code == "rate_limited" or (
            refusal.status == _UNAVAILABLE and refusal.retry_after is not None
        )
        if not refused:
            if refusal.status is not None and refusal.status >= _SERVER_ERRORS:
                raise FoundryError(
                    refusal.code,
                    f"{refusal} A run may have been started; it was not started again.",
                    status=refusal.status,
                    request_id=refusal.request_id,
                ) from refusal
            raise refusal
        pause = min(2.0**attempt, 30) if refusal.retry_after is None else refusal.retry_after
        patience = self._settings.max_wait or self._settings.limits.run
        if anyio.current_time() + pause > self.began + patience:
            raise refusal
        return pause

    async def _recovered(self, broken: FoundryError) -> Answer:
        """Return the answer of a run whose stream broke, from the service."""
        ids = self.ids
        if ids is None:
            sent = self.sent or self.began
            ids = self.reader.ids = await self._persistently(
                lambda: self.generation.find(
                    self.question, self.reader.conversation_id, anyio.current_time() - sent
                ),
                broken,
            )
        if ids is None:
            if self.reader.broken:
                raise self.reader.broken
            raise FoundryError(
                broken.code,
                f"{broken} That was before the service named the run, so a run may have been "
                "started; it was not started again. Ask again if its work may be done twice.",
            )
        return await self._polled(ids)

    async def _polled(self, ids: RunIds) -> Answer:
        """Fetch until the run is at its end."""
        pause = 0.2
        while True:
            answer = await self._persistently(lambda: self.generation.fetch(ids))
            if answer.status != "in_progress":
                return answer
            if len(answer.text) > len(self.reader.text):
                self.reader.text = answer.text
            self.reader.ids = type(ids)(ids.answer_id, answer.conversation_id, answer.agent)
            self.news.ring()
            await anyio.sleep(pause)
            pause = min(pause * 1.5, 5)

    async def _persistently(
        self, read: Callable[[], Awaitable[T]], otherwise: FoundryError | None = None
    ) -> T:
        """Read, again and again for `limits.lost` seconds while the service cannot be reached."""
        give_up = anyio.current_time() + self._settings.limits.lost
        pause = 0.2
        while True:
            try:
                return await read()
            except FoundryError as failure:
                wait = max(pause, failure.retry_after or 0)
                if failure.code not in _PASSING or anyio.current_time() + wait > give_up:
                    if self.ids is None:
                        raise (otherwise or failure) from failure
                    raise FoundryError(
                        failure.code,
                        f"{failure} The run goes on at the service: call get_answer with "
                        f"answer_id={self.ids.answer_id} later.",
                        status=failure.status,
                        retry_after=failure.retry_after,
                    ) from failure
            await anyio.sleep(wait)
            pause = min(pause * 2, 10)
