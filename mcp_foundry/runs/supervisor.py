"""Runs under way: each its own task, so that a caller's patience and a run's life are two things.

A call waits for its run; when its patience ends the run is handed over and goes on, and `resume`
finds it, or asks the service. Only a cancelled call cancels its run.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import anyio

from mcp_foundry.agents.question import LastTurn, Question
from mcp_foundry.contract.answers import Answer
from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.runs.conversation_locks import ConversationLocks
from mcp_foundry.runs.failures import held, unnamed
from mcp_foundry.runs.partners import Partners
from mcp_foundry.runs.run import Run
from mcp_foundry.runs.spending import Spending
from mcp_foundry.runs.stopping import cancel_at_service
from mcp_foundry.runs.waiting import Waiting
from mcp_foundry.telemetry import names

if TYPE_CHECKING:
    from collections.abc import Callable

    from anyio.abc import TaskGroup

    from mcp_foundry.agents.generation import Generations
    from mcp_foundry.agents.question import RunIds
    from mcp_foundry.contract.answers import Pending
    from mcp_foundry.runs.limiter import RunLimiter
    from mcp_foundry.runs.shelf import OwnShelf
    from mcp_foundry.runs.spending import Claim
    from mcp_foundry.runs.watch import Watch
    from mcp_foundry.settings.values import Settings
    from mcp_foundry.telemetry.observer import Observer


class Supervisor:
    """All runs of one caller, the `owner`, who shares the `limiter` with others; or of the process.

    Attributes:
        spending: What they cost, and may cost.
        partners: Who answered in which conversation.
        waiting: Those that wait for replies at the service.
        kept: Those that callers may come back to.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what runs need
        self,
        settings: Settings,
        generations: Generations,
        tasks: TaskGroup,
        ended: Callable[[Answer], None],
        observer: Observer,
        kept: OwnShelf[Run],
        *,
        limiter: RunLimiter,
        owner: str = "",
    ) -> None:
        self.spending = Spending(settings.budget)
        self.partners = Partners(generations, alone=not owner)
        self.waiting = Waiting(settings, generations, tasks)
        self._settings = settings
        self._generations = generations
        self._tasks = tasks
        self._ended = ended
        self._locks = ConversationLocks()
        self._limiter = limiter
        self._run = partial(Run, settings=settings, observer=observer, owner=owner)
        self.kept = kept
        self._under_way = 0

    @property
    def idle(self) -> bool:
        """Whether no run is under way."""
        return not self._under_way

    def begin(self, question: Question, *, patient: bool = False) -> Run:
        """Start a run for a question that was checked.

        Args:
            question: What is asked.
            patient: It is followed by a batch, whose patience is none of its own.

        Raises:
            FoundryError: `budget_exhausted`.
        """
        if question.replies and not question.inputs:
            question = replace(question, inputs=self.partners.inputs(question.conversation_id))
        claim = self.spending.claim(question)
        self.waiting.answered(question.conversation_id)
        generation = self._generations.of(question.agent, question.conversation_id)
        run = self._run(question, generation, patient=patient)
        self._tasks.start_soon(self._execute, run, claim)
        return run

    async def _execute(self, run: Run, claim: Claim | None = None) -> None:
        self._under_way += 1
        try:
            await run.execute(self._locks, self._limiter)
            # Whoever waits or not: what it made may be gone in minutes.
            if isinstance(run.outcome, Answer) and run.question.shared is None:
                self._ended(run.outcome)
        finally:
            self._under_way -= 1
            if claim:
                claim.settle(run.outcome)

    def begin_once(self, key: str, question: Question) -> Run:
        """Start a run for a question; a key that comes again joins the run that it started."""
        run = self.kept.find(key)
        if run is None:
            run = self.begin(question)
            self.kept.put(key, run)
        return run

    async def ask(self, question: Question, watch: Watch, patience: float | None = None) -> Answer:
        """Ask, and wait for the answer; see `wait_for`."""
        return await self.wait_for(self.begin(question), watch, patience)

    async def resume(self, ids: RunIds, watch: Watch) -> Answer:
        """Return the answer handed back under an id, by this process or another."""
        answer_id = ids.answer_id
        run = self.kept.find(answer_id)
        if run is not None:
            run.invocation.link()
        if run is None or isinstance(run.outcome, FoundryError):
            # A run that failed here, perhaps for want of a network, may be well at the service.
            question = Question("", ids.agent, ids.conversation_id)
            generation = self._generations.of(answer_id)
            run = self._run(question, generation, ids=ids)
            self._tasks.start_soon(self._execute, run)
        self._tasks.start_soon(run.look_up)
        try:
            return await self.wait_for(run, watch)
        finally:
            if run.done.is_set():
                self.kept.forget(answer_id)

    async def wait_for(self, run: Run, watch: Watch, patience: float | None = None) -> Answer:
        """Wait for a run, and hand it over when the caller's patience ends.

        Args:
            run: What was begun.
            watch: Runs meanwhile.
            patience: Seconds to wait; None for as long as the settings let a call wait.

        Raises:
            FoundryError: It failed, or was not even sent when the patience ended.
        """
        run.waiting += 1
        handed_over = False
        try:
            async with anyio.create_task_group() as watching:
                watching.start_soon(watch, run)
                handed_over = await self._wait_out_patience(run, patience)
                if handed_over:
                    watching.cancel_scope.cancel()
        except BaseException:
            # Cancelled, or the client cannot be told any more: nobody waits for the answer.
            if run.waiting == 1:
                await self.cancel(run)
            raise
        finally:
            run.waiting -= 1
        if handed_over and run.ids is None:
            raise await self._give_up(run)
        return self._told(run)

    async def follow(self, run: Run) -> Answer:
        """Wait for a run to its end.

        Raises:
            FoundryError: It failed.
        """
        await run.done.wait()
        return self._told(run)

    def _told(self, run: Run) -> Answer:
        """Return what a caller is told of a run, and note what a next turn needs to know."""
        pending: list[Pending] = []
        if isinstance(run.outcome, Answer) and run.outcome.status == "requires_action":
            self.waiting.expire(run.outcome)
            pending = run.outcome.pending
        if run.ids is not None:
            # As it was asked for: by name alone, it is the version of then that goes on.
            agent = run.question.agent or run.ids.agent.partition(":")[0]
            turn = LastTurn(agent, tuple(pending))
            if pending:
                turn = replace(turn, inputs=run.question.inputs)
            self.partners.remember(run.ids.conversation_id, turn)
        return run.result()

    async def _wait_out_patience(self, run: Run, patience: float | None) -> bool:
        """Wait for a run until patience ends; return whether it is then to be handed over."""
        longest = (self._settings.max_wait or None) if patience is None else patience
        with anyio.move_on_after(longest):
            await run.done.wait()
        if run.done.is_set():
            return False
        # A run can be found again only by its id; its first byte has a bound of its own.
        with anyio.move_on_after(self._settings.limits.silence):
            while run.sent and run.ids is None and not run.done.is_set():
                await run.changed.wait()
        if run.done.is_set():
            return False
        if run.ids is not None:
            self.kept.put(run.ids.answer_id, run)
            run.invocation.note(names.HANDED_OVER)
        return True

    async def _give_up(self, run: Run) -> FoundryError:
        """Cancel a run that cannot be handed over; return what its caller is told."""
        sent, about, waited = run.sent, run.question.about, self._settings.max_wait
        await self.cancel(run)
        return (
            unnamed(about, waited, self._settings.limits.silence) if sent else held(about, waited)
        )

    async def stop(self, ids: RunIds, check: Callable[[str], None]) -> Answer:
        """Cancel a run, and return its answer as it then stands.

        Args:
            ids: As an unfinished answer gave them.
            check: Told the run's agent; raises where it may not be cancelled.

        Raises:
            FoundryError: There is no such run, or the service could not be told.
        """
        run = self.kept.find(ids.answer_id)
        if run is not None and run.ids is not None and not run.done.is_set():
            check(run.ids.agent)
            await self.cancel(run)
            if isinstance(run.outcome, Answer):
                return run.outcome
        answer = await cancel_at_service(self._generations.of(ids.answer_id), ids, check)
        written = run.reader.answer_so_far("incomplete").text if run else ""
        return answer if answer.text else answer.model_copy(update={"text": written})

    async def cancel(self, run: Run) -> None:
        """Cancel a run, and wait for its end, for a moment."""
        run.cancel()
        # Waiting for the id and telling the service are bounded alike.
        with anyio.move_on_after(self._settings.limits.cancel * 2, shield=True):
            await run.done.wait()
