"""What both generations share: a run is its own task, whoever listens to it."""

import asyncio
from abc import abstractmethod

from mcp_foundry.emulator.faults.fault import Fault
from mcp_foundry.emulator.model.acts import CallMcp, Fail, Stop
from mcp_foundry.emulator.model.question import ModelFailed, Question
from mcp_foundry.emulator.runs.acting import Acting
from mcp_foundry.emulator.runs.engine import Engine
from mcp_foundry.emulator.runs.stream import EventStream
from mcp_foundry.emulator.wire.refusals import Refusal


class Run(Acting):
    """A response or a classic run.

    The subclass puts each act into the events of its generation. A classic run that waits for
    the caller has no task, yet is live.
    """

    replayable = False
    """Whether its events can be asked for again once it has ended."""
    abandoned = False
    """Whether its work has stopped without anybody being told."""
    forgotten = False
    """Whether its events are gone."""

    def __init__(self, run_id: str, engine: Engine, fault: Fault) -> None:
        self.id = run_id
        self.engine = engine
        self.fault = fault
        self.stream = EventStream(engine.changed)
        self.task: asyncio.Task[None] | None = None
        self.saying: list[str] = []
        self.tokens = 0
        self.deeds = []

    def start(self, question: Question) -> None:
        """Begin, or go on, as a task; it is written down before anyone can see that."""
        self.engine.begin(self)
        self.task = self.engine.spawn(self._go(question))
        self.task.add_done_callback(self._settle)
        self.engine.save()

    def cancel(self) -> bool:
        """Stop the work, after which the run shows as cancelled; False if there is none."""
        return self.task is not None and self.task.cancel()

    @property
    def session(self) -> str:
        """In which session of a hosted agent it is worked on; empty for none."""
        return ""

    def abandon(self) -> None:
        """Stop the work as a container that dies does: nothing of it shows."""
        self.abandoned = True
        self.cancel()
        self.engine.live.pop(self.id, None)

    def ended(self) -> None:
        """Strike the run off the list of live ones and end its stream."""
        self.engine.live.pop(self.id, None)
        self.stream.end()

    async def _go(self, question: Question) -> None:
        await self._do(question)
        self.engine.save()  # in the step in which it ended, before anyone can see that

    async def _do(self, question: Question) -> None:
        self.begin()
        await asyncio.sleep(self.engine.first_token)
        try:
            if self.fault.big_event:
                await self.call_mcp(CallMcp("tools", "dump", "{}", "x" * self.fault.big_event))
            async for act in self.engine.model.answer(question):
                if isinstance(act, Fail):
                    self.fail(act.code, act.message)
                    return
                if isinstance(act, Stop):
                    self.stop(act.reason)
                    return
                await self.perform(act)
        except ModelFailed as error:
            self.fail("server_error", str(error))
            return
        except Refusal as refusal:
            # What is declared can be wrong, and shows when it is used: a filter that is none.
            self.fail(refusal.code, refusal.message)
            return
        self._end()

    def _end(self) -> None:
        fault = self.fault
        if fault.end == "incomplete":
            self.stop(fault.reason or "max_output_tokens")
        elif fault.end == "cancelled":
            self.cancelled()
        elif fault.end == "expired":
            self.expire()
        elif fault.end:
            self.fail(fault.code or "server_error", fault.message or "Something went wrong.")
        else:
            self.complete()

    def _settle(self, task: "asyncio.Task[None]") -> None:
        # A task that is cancelled before its first step never enters its own code, so that only
        # the callback is sure to see it.
        if self.abandoned:
            self.stream.end()
        elif task.cancelled():
            self.cancelled()
        elif error := task.exception():  # pragma: no cover - a bug here must not hang the client
            self.fail("server_error", f"The emulator broke: {error!r}")
        self.engine.save()
        if task is self.task:  # pragma: no branch - a resumed run has its next task and stream
            self.engine.retire(self, replayable=self.replayable)

    def forget(self) -> None:
        """Drop the events, which take much more room than what they amount to."""
        self.stream = EventStream(self.engine.changed)
        self.stream.end()
        self.forgotten = True

    @abstractmethod
    def begin(self) -> None:
        """Show the run as in progress."""

    @abstractmethod
    def complete(self) -> None:
        """End well, or wait for what was asked."""

    @abstractmethod
    def fail(self, code: str, message: str) -> None:
        """End as failed."""

    @abstractmethod
    def stop(self, reason: str) -> None:
        """End as incomplete."""

    @abstractmethod
    def cancelled(self) -> None:
        """End as cancelled."""

    @abstractmethod
    def expire(self) -> None:
        """End because the time is over."""
