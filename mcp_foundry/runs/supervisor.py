"""Runs under way: each its own task, so that a caller's patience and a run's life are two things.

A call waits for its run; when its patience ends the run is handed over and goes on, and `resume`
finds it, or asks the service. Only a cancelled call cancels its run.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Protocol

import anyio

from mcp_foundry.agents.question import Question, RunIds
from mcp_foundry.contract.answers import Answer
from mcp_foundry.contract.errors import FoundryError, NotSent
from mcp_foundry.contract.identifiers import parts_of_answer
from mcp_foundry.runs.conversation_locks import ConversationLocks
from mcp_foundry.runs.limiter import RunLimiter
from mcp_foundry.runs.run import Run

if TYPE_CHECKING:
    from anyio.abc import TaskGroup

    from mcp_foundry.agents.generation import Generations
    from mcp_foundry.settings.values import Settings


class Watch(Protocol):
    """Tells a client what a run does, while a call waits for it."""

    async def __call__(self, run: Run) -> None:
        """Watch `run` until it is done; cancelled when its call stops waiting."""
        ...


class Supervisor:
    """All runs of the process."""

    def __init__(self, settings: Settings, generations: Generations, tasks: TaskGroup) -> None:
        self._settings = settings
        self._generations = generations
        self._tasks = tasks
        self._locks = ConversationLocks()
        self._limiter = RunLimiter(settings.concurrency)
        # Runs whose callers hold an answer_id, or whose approval a client may send twice.
        self._kept: OrderedDict[str, Run] = OrderedDict()
        self._abandoned: dict[str, anyio.CancelScope] = {}

    def begin(self, question: Question) -> Run:
        """Start a run for a question that was checked."""
        if expiry := self._abandoned.pop(question.conversation_id.partition("/")[0], None):
            expiry.cancel()
        generation = self._generations.of(question.agent, question.conversation_id)
        return self._start(Run(question, generation, self._settings))

    def _start(self, run: Run) -> Run:
        self._tasks.start_soon(run.execute, self._locks, self._limiter)
        return run

    def begin_once(self, key: str, question: Question) -> Run:
        """Start a run for a question; a key that comes again joins the run that it started."""
        run = self._kept.get(key)
        if run is None:
            run = self.begin(question)
            self._keep(key, run)
        return run

    async def ask(self, question: Question, watch: Watch | None) -> Answer:
        """Ask, and wait for the answer for as long as the settings let a call wait."""
        return await self.wait_for(self.begin(question), watch)

    async def resume(self, answer_id: str, watch: Watch) -> Answer:
        """Return the answer handed back under `answer_id`, by this process or another."""
        run = self._kept.get(answer_id)
        if run is None or isinstance(run.outcome, FoundryError):
            # A run that failed here, perhaps for want of a network, may be well at the service.
            conversation_id, agent = parts_of_answer(answer_id)
            ids = RunIds(answer_id, conversation_id, agent)
            question = Question("", agent, conversation_id)
            generation = self._generations.of(answer_id)
            run = self._start(Run(question, generation, self._settings, ids))
        self._tasks.start_soon(run.look_up)
        try:
            return await self.wait_for(run, watch)
        finally:
            if run.done.is_set():
                self._kept.pop(answer_id, None)

    async def wait_for(self, run: Run, watch: Watch | None) -> Answer:
        """Wait for a run, and hand it over when the caller's patience ends.

        Args:
            run: What was begun.
            watch: Runs meanwhile; None in a batch, where a task for each would double the tasks.

        Raises:
            FoundryError: It failed, or was not even sent when the patience ended.
        """
        run.waiting += 1
        handed_over = False
        try:
            if watch is None:
                handed_over = await self._wait_out_patience(run)
            else:
                async with anyio.create_task_group() as watching:
                    watching.start_soon(watch, run)
                    handed_over = await self._wait_out_patience(run)
                    if handed_over:
                        watching.cancel_scope.cancel()
        except BaseException:
            # Cancelled, or the client cannot be told any more: nobody waits for the answer.
            if run.waiting == 1:
                await self._cancel(run)
            raise
        finally:
            run.waiting -= 1
        if handed_over and run.ids is None:
            raise await self._give_up(run)
        if isinstance(run.outcome, Answer) and run.outcome.status == "requires_action":
            self._tasks.start_soon(self._expire, run)
        return run.result()

    async def _wait_out_patience(self, run: Run) -> bool:
        """Wait for a run until patience ends; return whether it is then to be handed over."""
        with anyio.move_on_after(self._settings.max_wait or None):
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
            self._keep(run.ids.answer_id, run)
        return True

    async def _give_up(self, run: Run) -> FoundryError:
        """Cancel a run that cannot be handed over; return what its caller is told."""
        sent, about = run.sent, run.question.about
        await self._cancel(run)
        wait = f"{self._settings.max_wait:g} s"
        if sent:
            return FoundryError(
                "timeout",
                f"{about}: the service took the question and did not name its run within {wait} "
                f"and {self._settings.limits.silence:g} s more. A run may have been started; it "
                "was not started again. Try again later.",
            )
        return NotSent(
            "timeout",
            f"{about}: not asked within {wait}, held back by earlier questions or by the "
            "service's rate limit. Nothing was started or paid: ask again later, or raise "
            "MCP_FOUNDRY_CONCURRENCY or MCP_FOUNDRY_MAX_WAIT.",
        )

    def _keep(self, key: str, run: Run) -> None:
        """Remember a run. The oldest are forgotten: the service still has their answers."""
        self._kept[key] = run
        limits, now = self._settings.limits, anyio.current_time()
        for old, kept in list(self._kept.items()):
            aged = kept.done.is_set() and now - kept.began > limits.run
            if aged or len(self._kept) > limits.kept:
                del self._kept[old]

    async def cancel_waiting(self, answer: Answer) -> None:
        """Cancel a run that waits for replies which will not come."""
        generation = self._generations.of(answer.answer_id)
        if generation.waits_at_service and answer.status == "requires_action":
            ids = RunIds(answer.answer_id, answer.conversation_id, answer.agent)
            with anyio.move_on_after(self._settings.limits.cancel, shield=True):
                try:
                    await generation.cancel(ids)
                except FoundryError:
                    return  # it ended meanwhile, or ages out at the service

    async def _expire(self, run: Run) -> None:
        answer = run.result()
        if not run.generation.waits_at_service:
            return
        if answer.conversation_id in self._abandoned:
            return
        with anyio.CancelScope() as self._abandoned[answer.conversation_id]:
            await anyio.sleep(self._settings.limits.pending)
            # Replies may come in this very moment, and take the place away.
            self._abandoned.pop(answer.conversation_id, None)
            await self.cancel_waiting(answer)

    async def _cancel(self, run: Run) -> None:
        run.cancel()
        # Waiting for the id and telling the service are bounded alike.
        with anyio.move_on_after(self._settings.limits.cancel * 2, shield=True):
            await run.done.wait()
