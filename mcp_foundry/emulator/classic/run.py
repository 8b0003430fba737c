"""A classic run under way: acts in, recorded events out."""

import asyncio

from mcp_foundry.emulator.classic.shapes import usage
from mcp_foundry.emulator.classic.steps import (
    Call,
    function_call,
    mcp_call,
)
from mcp_foundry.emulator.classic.using import UsingRun
from mcp_foundry.emulator.faults.fault import Fault
from mcp_foundry.emulator.model.acts import (
    AskApproval,
    AskConsent,
    CallFunction,
    Leave,
    ListTools,
    Say,
)
from mcp_foundry.emulator.model.question import Question
from mcp_foundry.emulator.runs.engine import Engine
from mcp_foundry.emulator.runs.stream import EventStream
from mcp_foundry.emulator.wire.values import Json, now

ENDED = {"completed", "failed", "cancelled", "expired", "incomplete"}


class ClassicRun(UsingRun):
    """One run on a thread.

    Args:
        body: The run as the service shows it.
        messages: The messages of its thread, oldest first.
        engine: The model, its pace, the books.
        fault: What is to go wrong.
        input_tokens: What the input costs.
    """

    def __init__(
        self, body: Json, messages: list[Json], engine: Engine, fault: Fault, input_tokens: int
    ) -> None:
        super().__init__(body, messages, engine, fault, input_tokens)
        self.agent = body["assistant_id"]
        self.resources: Json = {}
        self.deployed = True
        self.waiting: list[Call] = []
        self.later: list[AskApproval | CallFunction] = []
        self._expiry: asyncio.TimerHandle | None = None

    @property
    def active(self) -> bool:
        """Whether the run keeps its thread to itself."""
        return self.body["status"] not in ENDED

    async def _go(self, question: Question) -> None:
        if self.deployed:
            await super()._go(question)
            return
        # Measured: an agent is created with any model, and its runs fail at once.
        self.begin()
        sentence = f"Failed to resolve model info for: {self.body['model']}"
        self.fail("invalid_engine_error", sentence)

    def announce(self) -> None:
        """Show the run as created and queued."""
        self.emit("thread.run.created", self.body)
        self.emit("thread.run.queued", self.body)

    def begin(self) -> None:
        """Show the run as in progress."""
        self.turn("in_progress", started_at=now())

    def resume(self, outputs: dict[str, str | None], question: Question, fault: Fault) -> None:
        """Go on after the caller has answered; the outputs are by call id."""
        self._stop_expiry()
        self.fault = fault
        self.stream = EventStream(self.engine.changed)
        for call in self.waiting:
            call.finish(outputs.get(call.id))
        approved = self.waiting[0].needs_approval
        self.close_step([call.body for call in self.waiting])
        self.waiting.clear()
        self.turn("queued", required_action=None)
        if approved:
            self.announce()
        self.start(question)

    def _stop_expiry(self) -> None:
        if self._expiry:
            self._expiry.cancel()

    async def ask_approval(self, act: AskApproval) -> None:
        """Ask once the turn is over."""
        self.later.append(act)

    async def call_function(self, act: CallFunction) -> None:
        """Call once the turn is over."""
        self.later.append(act)

    async def ask_consent(self, act: AskConsent) -> None:
        """The classic generation has no word for it: it says so in text."""
        await self.say(Say([f"Please sign in to {act.server}", f" first: {act.link}"]))

    async def leave(self, act: Leave) -> None:
        """The classic generation has no such items: it says so in text."""
        kind = act.kind.removesuffix("_call").replace("_", " ")
        await self.say(Say(["I have no tool", f" for this: {kind}."]))

    def complete(self) -> None:
        """End well, or wait for what was asked: one kind at a time."""
        if not self.later:
            self._finish("completed", completed_at=now())
            return
        approvals = [each for each in self.later if isinstance(each, AskApproval)]
        calls = [each for each in self.later if isinstance(each, CallFunction)]
        if approvals:
            self._list(approvals[0])
        step = self.open_step({"type": "tool_calls", "tool_calls": []})
        if approvals:
            self.emit("thread.run.step.created", step)  # recorded: the service says it twice
            self.waiting = [mcp_call(a.server, a.tool, a.arguments, None) for a in approvals]
            self.later = [*calls]
        else:
            self.waiting = [function_call(each) for each in calls]
            self.later = []
        for index, call in enumerate(self.waiting):
            for delta in call.deltas(index):
                self.delta(step, [delta])
        self._require_action()

    def _list(self, act: AskApproval) -> None:
        """Recorded: the tools of a server are shown before a call of them is asked for."""
        if act.server not in self.listed:
            schema: Json = {"type": "object"}
            tool = {"name": act.tool, "description": act.tool, "input_schema": schema}
            self.show_tools(ListTools(act.server, (tool,)))

    def _require_action(self) -> None:
        kind = "submit_tool_approval" if self.waiting[0].needs_approval else "submit_tool_outputs"
        calls = {"tool_calls": [call.request() for call in self.waiting]}
        lifetime = self.engine.action_expiry
        action = {"type": kind, kind: calls}
        self.turn("requires_action", required_action=action, expires_at=now() + int(lifetime))
        self.wait_for_caller(lifetime)
        self._done()

    def wait_for_caller(self, seconds: float) -> None:
        """Expire unless the caller answers in time."""
        if seconds <= 0:
            self.expire()
        else:
            self._expiry = asyncio.get_running_loop().call_later(seconds, self.expire)

    def fail(self, code: str, message: str) -> None:
        """End as failed."""
        error = {"code": code, "message": message}
        self._abandon("failed", failed_at=now(), last_error=error)
        self._finish("failed", failed_at=now(), last_error=error)

    def stop(self, reason: str) -> None:
        """End as incomplete."""
        self._finish("incomplete", incomplete_details={"reason": reason})

    def expire(self) -> None:
        """End because no one answered in time."""
        self._abandon("expired")
        self._finish("expired", required_action=None)

    def cancel(self) -> bool:
        """Stop; a run that waits has nothing to stop and ends at once."""
        self._stop_expiry()
        self.body["status"] = "cancelling"
        self.engine.changed()
        if not super().cancel():
            self.cancelled()
        return True

    def cancelled(self) -> None:
        """End as cancelled, with what was said so far."""
        self._abandon("cancelled", cancelled_at=now())
        self._finish("cancelled", cancelled_at=now(), required_action=None)

    def _abandon(self, status: str, **fields: object) -> None:
        """Close the message and the step that the run was at."""
        self.break_off(f"run_{status}")
        if self.steps and self.steps[-1]["status"] == "in_progress":
            self.steps[-1].update(status=status, **fields)
            self.emit(f"thread.run.step.{status}", self.steps[-1])

    def _finish(self, status: str, **fields: object) -> None:
        cost = usage(self.input_tokens, self.tokens)
        self.turn(status, usage=cost, expires_at=None, **fields)
        self.engine.live.pop(self.id, None)
        self._done()

    def _done(self) -> None:
        self.stream.put(b"event: done\ndata: [DONE]\n\n")
        self.stream.end()
