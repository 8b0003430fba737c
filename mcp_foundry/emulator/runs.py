"""What both generations share: a run is its own task, whoever listens to it."""

import asyncio
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine

from mcp_foundry.emulator.acts import (
    Act,
    AskApproval,
    AskConsent,
    CallFunction,
    CallMcp,
    Citation,
    Fail,
    Model,
    Pause,
    Question,
    Reason,
    RunCode,
    Say,
    Search,
    Stop,
)
from mcp_foundry.emulator.faults import Fault
from mcp_foundry.emulator.streams import EventStream

# Between so many tokens a run at full speed lets others work: rarely enough to be cheap, often
# enough that fifty runs at once all make progress.
TOKENS_PER_TURN = 16


class ModelFailed(Exception):  # noqa: N818 - it says what the model did
    """The model could not answer; the sentence ends up in the run's error."""


class Engine:
    """What runs need: the model, its pace, and the books.

    Args:
        model: What answers.
        changed: Called whenever anything happens, for those who wait for it.
        first_token: Seconds before a run does anything.
        tokens_per_second: The pace of text; 0 is as fast as possible.
    """

    def __init__(
        self,
        model: Model,
        changed: Callable[[], None],
        first_token: float = 0.0,
        tokens_per_second: float = 0.0,
    ) -> None:
        self.model = model
        self.changed = changed
        self.first_token = first_token
        self.tokens_per_second = tokens_per_second
        self.action_expiry = 600.0
        self.scripts: deque[str] = deque()
        self.live: dict[str, Run] = {}
        self.created = 0
        self.taken = 0
        self.tasks: set[asyncio.Task[None]] = set()

    def next_script(self) -> str | None:
        """What the next run does whatever it is asked, if a test said so."""
        return self.scripts.popleft() if self.scripts else None

    def spawn(self, work: Coroutine[object, object, None]) -> "asyncio.Task[None]":
        """Run something on the side until the emulator closes."""
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    async def close(self) -> None:
        """Cancel everything on the side and wait until it is gone."""
        tasks = list(self.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def paced(self, act: Say) -> AsyncIterator[str | Citation]:
        """The pieces of a message, at the model's pace."""
        started = time.monotonic()
        count = 0
        async for piece in _each(act):
            if self.tokens_per_second:
                due = started + count / self.tokens_per_second
                await asyncio.sleep(max(0.0, due - time.monotonic()))
            elif count % TOKENS_PER_TURN == 0:
                await asyncio.sleep(0)
            count += 1
            yield piece


async def _each(act: Say) -> AsyncIterator[str | Citation]:
    if isinstance(act.pieces, AsyncIterator):
        async for token in act.pieces:
            yield token
    else:
        for piece in act.pieces:
            yield piece


class Run(ABC):
    """A response or a classic run.

    The subclass puts each act into the events of its generation. A run that waits for the
    caller (`waiting`) has no task, yet is live in the classic generation.
    """

    def __init__(self, run_id: str, engine: Engine, fault: Fault) -> None:
        self.id = run_id
        self.engine = engine
        self.fault = fault
        self.stream = EventStream(engine.changed)
        self.task: asyncio.Task[None] | None = None
        self.saying: list[str] = []
        self.tokens = 0

    def start(self, question: Question) -> None:
        """Begin, or go on, as a task of the emulator."""
        self.engine.live[self.id] = self
        self.task = self.engine.spawn(self._go(question))
        self.task.add_done_callback(self._settle)

    def cancel(self) -> None:
        """Stop the work; the subclass then shows the run as cancelled."""
        if self.task:
            self.task.cancel()

    def ended(self) -> None:
        """Strike the run off the list of live ones and end its stream."""
        self.engine.live.pop(self.id, None)
        self.stream.end()

    async def _go(self, question: Question) -> None:
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
                await self._perform(act)
        except ModelFailed as error:
            self.fail("server_error", str(error))
            return
        self._end()

    async def _perform(self, act: Act) -> None:
        match act:
            case Say():
                await self.say(act)
            case Reason():
                await self.reason(act)
            case Search():
                await self.search(act)
            case CallMcp():
                await self.call_mcp(act)
            case RunCode():
                await self.run_code(act)
            case AskApproval():
                self.ask_approval(act)
            case CallFunction():
                self.call_function(act)
            case AskConsent():
                await self.ask_consent(act)
            case Pause():
                await asyncio.sleep(act.seconds)
            case Fail() | Stop():  # pragma: no cover - _go ends the run on these
                raise AssertionError(act)

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
        if task.cancelled():
            self.cancelled()

    @abstractmethod
    def begin(self) -> None:
        """Show the run as in progress."""

    @abstractmethod
    async def say(self, act: Say) -> None:
        """Stream one message."""

    @abstractmethod
    async def reason(self, act: Reason) -> None:
        """Show a summary of thought."""

    @abstractmethod
    async def search(self, act: Search) -> None:
        """Search the web."""

    @abstractmethod
    async def call_mcp(self, act: CallMcp) -> None:
        """Call an MCP tool."""

    @abstractmethod
    async def run_code(self, act: RunCode) -> None:
        """Run code."""

    @abstractmethod
    def ask_approval(self, act: AskApproval) -> None:
        """Wait for an approval once the turn is over."""

    @abstractmethod
    def call_function(self, act: CallFunction) -> None:
        """Wait for a function's output once the turn is over."""

    @abstractmethod
    async def ask_consent(self, act: AskConsent) -> None:
        """Wait for a person to sign in somewhere."""

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
