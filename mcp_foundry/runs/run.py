"""One run's life: sent once, read to its end, recovered if that breaks, cancelled if asked."""

from __future__ import annotations

import logging
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

import anyio

from mcp_foundry.agents.question import Rerouted
from mcp_foundry.contract.answers import Answer
from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.runs.failures import is_the_runs_own, lost, of_cancelled, traced
from mcp_foundry.runs.listening import Listening
from mcp_foundry.runs.notifier import Notifier
from mcp_foundry.runs.recovery import Recovery
from mcp_foundry.runs.sending import Sending
from mcp_foundry.runs.stopping import cancel_followed
from mcp_foundry.service.explain import explain
from mcp_foundry.telemetry.events import named
from mcp_foundry.telemetry.invocation import Invocation

if TYPE_CHECKING:
    from mcp_foundry.agents.generation import Generation
    from mcp_foundry.agents.question import Question, RunIds
    from mcp_foundry.runs.conversation_locks import ConversationLocks
    from mcp_foundry.runs.limiter import RunLimiter
    from mcp_foundry.settings.values import Settings
    from mcp_foundry.telemetry.observer import Observer

logger = logging.getLogger(__name__)


class Run:
    """What was asked, what is known of its run, and how it ended.

    Attributes:
        notice: What holds it up, for whoever waits.
        changed: Notified when the stream brought something, and at the end.
        news: Notified when there is a notice, and at the end.
        done: Set when `outcome` is there.
        waiting: How many calls wait for it.
        invocation: What is told of it outside; nothing of one that another process sent.
    """

    def __init__(  # noqa: PLR0913 - what a run is made of
        self,
        question: Question,
        generation: Generation,
        settings: Settings,
        observer: Observer,
        ids: RunIds | None = None,
        *,
        owner: str = "",
        patient: bool = False,
    ) -> None:
        self.question = question
        self.generation = generation
        self.reader = generation.reader(question)
        self.reader.ids = ids
        self.outcome: Answer | FoundryError | None = None
        self.notice = ""
        self.changed = Notifier()
        self.news = Notifier()
        self.done = anyio.Event()
        self.began = anyio.current_time()
        self.waiting = int(patient)
        self.invocation = Invocation(observer)
        self._settings = settings
        self._owner = owner
        ends = self.began + settings.limits.run
        # A question of a batch is not failed for want of patience: the batch is handed over.
        self._patience = self.began + ((not patient and settings.max_wait) or settings.limits.run)
        self._sending = Sending(ends, self._patience)
        self._sending.sent = ids is not None
        self._cancelled = False
        self._scope = anyio.CancelScope(deadline=ends)

    @property
    def ids(self) -> RunIds | None:
        """What the service calls it, once that is known."""
        return self.reader.ids

    @property
    def sent(self) -> bool:
        """Whether the service may know of it."""
        return self._sending.sent

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
        return self.outcome or self.reader.answer_so_far("in_progress")

    def tell(self, notice: str) -> None:
        """Tell whoever waits what holds it up."""
        self.notice = notice
        self.reader.add_activity(notice)
        self.changed.notify()
        self.news.notify()

    def cancel(self) -> None:
        """Stop following it. Its task then tells the service, and sets `done`.

        While its id is on the way, that is awaited for a moment, for a run can be cancelled only
        by its id.
        """
        self._cancelled = True
        self._sending.hurry(self._settings.limits.cancel)
        self._scope.cancel()

    async def look_up(self) -> None:
        """Ask the service how it stands, where its stream has said nothing for a while.

        Whatever this run's task believes: a stream may be broken without anybody being told.
        """
        quiet = self.changed.quiet > self._settings.limits.quiet
        if not (quiet and self.ids) or self.done.is_set():
            return
        try:
            found = of_cancelled(await self.generation.fetch(self.ids))
            under_way = isinstance(found, Answer) and found.status == "in_progress"
            if under_way and await self.generation.is_lost(self.ids, streams=True):
                found = lost(self.ids, self.reader)
        except Exception as failure:  # noqa: BLE001 - its own task goes on, whatever this one met
            found = explain(failure, self.question.about, self._settings)
        if isinstance(found, Answer):
            ended = found.status != "in_progress"
        else:
            ended = is_the_runs_own(found)
        if ended and not self.done.is_set():
            self.outcome = found
            self._scope.cancel()

    async def execute(self, locks: ConversationLocks, limiter: RunLimiter) -> None:
        """Ask, and follow the run until `done`; raises only when its task is cancelled."""
        limits, about = self._settings.limits, self.question.about
        try:
            with self._scope:
                self.outcome = of_cancelled(await self._outcome(locks, limiter))
            if self._scope.cancelled_caught and not self._cancelled and self.outcome is None:
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
                    told = cancel_followed(self.generation, self.reader, sent=self.sent)
                    self.outcome = await told or self.outcome
            self.outcome = traced(self.outcome, self.invocation.trace_id)
            goes_on = not (self.outcome or self._cancelled or orphaned)
            left = self.reader.answer_so_far("in_progress") if goes_on else None
            self.invocation.ended(self.outcome or left, self.reader)
            if self.outcome is None:
                self.outcome = FoundryError("run_failed", f"{about}: the run was cancelled.")
            # A run that was handed over is kept for longer than there is room for its files.
            self.question = self.reader.question = replace(self.question, files=())
            self.done.set()
            self.changed.notify()
            self.news.notify()

    async def _outcome(self, locks: ConversationLocks, limiter: RunLimiter) -> Answer:
        if self.ids is not None:
            return await self._recovery().poll(self.ids)
        asked = self.question
        try:
            return await self._ask(asked, locks, limiter)
        except Rerouted as rerouted:
            logger.info("%s", rerouted)
            return await self._ask(asked, locks, limiter)

    async def _ask(self, asked: Question, locks: ConversationLocks, limiter: RunLimiter) -> Answer:
        sharing = self.generation.sharing(asked)
        slot = limiter.slot(self, self._owner)
        async with locks.hold(asked.conversation_id), sharing as question, slot:
            self.question = await self.generation.prepare(question)
            self.reader = self.generation.reader(self.question)
            broken = await self._follow(limiter)
            left = self._patience - anyio.current_time()
            return await self._recovery().recover(broken, left)

    def _recovery(self) -> Recovery:
        limits = self._settings.limits
        return Recovery(self.generation, self.question, self.reader, limits, self.changed)

    async def _follow(self, limiter: RunLimiter) -> FoundryError:
        """Send the question and read its stream; return why that ended, if it did too early.

        Raises:
            FoundryError: The question was not taken.
        """
        about = self.question.about
        asked = self.question
        self.invocation.sent(asked.agent, asked.conversation_id, asked.message)
        try:
            async with AsyncExitStack() as stack:
                send = self._sending.send
                chunks = await send(self.question, self.generation, stack, limiter, self)
                listening = Listening(self.reader, self.changed, chunks)
                with self._sending.shield():
                    # A cancelled call waits here for the id.
                    await listening.until(lambda: self.ids is not None or self.reader.ended)
                if self.ids:
                    named(self.ids.answer_id)
                await anyio.lowlevel.checkpoint_if_cancelled()
                await listening.to_the_end()
        except FoundryError as failure:
            if not self.sent:
                raise
            return failure
        except Exception as exception:  # noqa: BLE001 - whatever broke the stream, the run goes on
            return explain(exception, about, self._settings)
        return FoundryError(
            "connection_failed", f"{about}: the stream ended before the answer did."
        )
