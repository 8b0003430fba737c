"""One run's life: sent once, read to its end, fetched if its stream breaks, cancelled if asked."""

from __future__ import annotations

import logging
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import anyio

from mcp_foundry.agents.sse import EventCutter
from mcp_foundry.contract.answers import Answer
from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.runs.notifier import Notifier
from mcp_foundry.runs.recovery import PASSING, Recovery
from mcp_foundry.runs.retries import may_have_been_taken, retry_delay
from mcp_foundry.service.explain import explain

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from mcp_foundry.agents.generation import Generation
    from mcp_foundry.agents.question import Question, RunIds
    from mcp_foundry.runs.conversation_locks import ConversationLocks
    from mcp_foundry.runs.limiter import RunLimiter
    from mcp_foundry.settings.values import Settings

logger = logging.getLogger(__name__)

# Seconds that the end of a reply may take to come behind its last event.
_LAST_BYTES = 0.05


class Run:
    """What was asked, what is known of its run, and how it ended.

    Attributes:
        changed: Notified when the stream brought something, and at the end.
        done: Set when `outcome` is there.
        sent: Whether the service may know of it: false while it waits for its turn, for a slot,
            or for the service to take it.
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
        self.changed = Notifier()
        self.done = anyio.Event()
        self.sent = ids is not None
        self.began = anyio.current_time()
        self.waiting = 0
        self._settings = settings
        self._ends = self.began + settings.limits.run
        self._cancelled = False
        self._scope = anyio.CancelScope(deadline=self._ends)
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

    async def execute(self, locks: ConversationLocks, limiter: RunLimiter) -> None:
        """Ask, and follow the run until `done`; raises only when its task is cancelled."""
        limits, about = self._settings.limits, self.question.about
        try:
            with self._scope:
                self.outcome = await self._outcome(locks, limiter)
            if self._scope.cancelled_caught and not self._cancelled:
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
            self.outcome = explain(crash, about, self._settings)
        finally:
            # Without an outcome the session ends, perhaps before the calls in it have noticed.
            orphaned = self.outcome is None and self.waiting > 0
            if orphaned or (self._cancelled and not isinstance(self.outcome, Answer)):
                with anyio.move_on_after(limits.cancel, shield=True):
                    await self._cancel_at_service()
            if self.outcome is None:
                self.outcome = FoundryError("run_failed", f"{about}: the run was cancelled.")
            self.done.set()
            self.changed.notify()

    async def _cancel_at_service(self) -> None:
        try:
            if self.ids is None and self.sent:
                place = self.reader.conversation_id
                self.reader.ids = await self.generation.find(self.question, place)
            if self.ids is None:
                if self.sent:
                    logger.warning("Cancelled %s before its run had an id", self.question.about)
                return
            await self.generation.cancel(self.ids)
        except FoundryError as failure:
            logger.info("Cancelling %s: %s", self.question.about, failure)
            if failure.code in PASSING:
                await anyio.sleep(0.1)
                await self._cancel_at_service()  # until the time for it is over

    async def _outcome(self, locks: ConversationLocks, limiter: RunLimiter) -> Answer:
        if self.ids is not None:
            return await self._recovery().poll(self.ids)
        async with locks.hold(self.question.conversation_id), limiter.slot(self):
            self.question = await self.generation.prepare(self.question)
            self.reader = self.generation.reader(self.question)
            return await self._follow(limiter)

    def _recovery(self) -> Recovery:
        limits = self._settings.limits
        return Recovery(self.generation, self.question, self.reader, limits, self.changed)

    async def _follow(self, limiter: RunLimiter) -> Answer:
        """Send the question and read its stream; where the stream breaks, fetch the answer."""
        about = self.question.about
        try:
            async with AsyncExitStack() as stack:
                await self._read(stack, limiter)
            broken = FoundryError(
                "connection_failed", f"{about}: the stream ended before the answer did."
            )
        except FoundryError as failure:
            if not self.sent:
                raise
            broken = failure
        except Exception as exception:  # noqa: BLE001 - whatever broke the stream, the run goes on
            broken = explain(exception, about, self._settings)
        if isinstance(self.reader.outcome, FoundryError):
            raise self.reader.outcome
        if self.reader.outcome is not None:
            return self.reader.outcome
        lost = min(self._patience(), self._settings.limits.lost)
        return await self._recovery().recover(broken, lost)

    def _patience(self) -> float:
        """Return the seconds for which its first caller still waits."""
        longest = self._settings.max_wait or self._settings.limits.run
        return self.began + longest - anyio.current_time()

    async def _read(self, stack: AsyncExitStack, limiter: RunLimiter) -> None:
        reader, cutter = self.reader, EventCutter(self.reader.token_event)
        chunks = await self._send(stack, limiter)
        with self._shield():
            # A cancelled call waits here for the id: without it the run would be left running.
            async for chunk in chunks:
                reader.take(cutter.feed(chunk))
                if reader.ids or reader.ended:
                    break
        self.changed.notify()
        await anyio.lowlevel.checkpoint_if_cancelled()
        while not reader.ended:
            chunk = await anext(chunks, None)
            if chunk is None:
                return
            reader.take(cutter.feed(chunk))
            self.changed.notify()
        # A connection is used again only once its reply was read to the very end.
        with anyio.move_on_after(_LAST_BYTES):
            async for _ in chunks:
                pass

    def _shield(self) -> anyio.CancelScope:
        deadline = self._starting.deadline if self._cancelled else self._ends
        self._starting = anyio.CancelScope(shield=True, deadline=deadline)
        return self._starting

    async def _send(self, stack: AsyncExitStack, limiter: RunLimiter) -> AsyncIterator[bytes]:
        """Send the question; again only where the service said that it did not take it."""
        attempt = 0
        while True:
            self.sent, pause = True, 0.0
            with self._shield():
                try:
                    chunks = await self.generation.open(self.question, stack)
                except FoundryError as refusal:
                    pause = self._delay(refusal, attempt, limiter)
                else:
                    limiter.increase()
                    return chunks
            # A cancelled call ends here, at the latest when no reply came within its grace.
            await anyio.sleep(pause)
            await limiter.rejoin(self)
            attempt += 1

    def _delay(self, refusal: FoundryError, attempt: int, limiter: RunLimiter) -> float:
        """Return the seconds to wait before sending again.

        Raises:
            FoundryError: It may have been taken, or the caller's patience ends before.
        """
        pause = retry_delay(refusal, attempt)
        self.sent = pause is None and may_have_been_taken(refusal)
        if pause is None:
            raise refusal
        limiter.decrease()
        if pause > self._patience():
            raise refusal
        return pause
