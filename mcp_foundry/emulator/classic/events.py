"""The events of a classic run, as recorded, and the steps that they tell of."""

from mcp_foundry.emulator.classic.shapes import step_body, usage
from mcp_foundry.emulator.classic.steps import Call
from mcp_foundry.emulator.faults.fault import Fault
from mcp_foundry.emulator.runs.engine import Engine
from mcp_foundry.emulator.runs.run import Run
from mcp_foundry.emulator.wire.sse import sse
from mcp_foundry.emulator.wire.values import Json, encode, now

# What one tool call costs the model, in tokens.
STEP_COST = 20


class ClassicEvents(Run):
    """What a classic run can say of itself.

    Args:
        body: The run as the service shows it.
        engine: The model, its pace, the books.
        fault: What is to go wrong.
        input_tokens: What the input costs.
    """

    def __init__(self, body: Json, engine: Engine, fault: Fault, input_tokens: int) -> None:
        super().__init__(body["id"], engine, fault)
        self.body = body
        self.steps: list[Json] = []
        self.input_tokens = input_tokens

    def emit(self, name: str, body: Json) -> None:
        """Put one event on the stream."""
        self.stream.put(sse(name, encode(body)))

    def turn(self, status: str, **fields: object) -> None:
        """Bring the run into a status, and say so."""
        self.body.update(status=status, **fields)
        self.emit(f"thread.run.{status}", self.body)

    def open_step(self, details: Json) -> Json:
        """Begin a step."""
        step = step_body(self.body, details)
        self.steps.append(step)
        self.emit("thread.run.step.created", step)
        self.emit("thread.run.step.in_progress", step)
        return step

    def close_step(self, calls: list[Json] | None = None) -> None:
        """Complete the newest step, with the tool calls that it made."""
        step = self.steps[-1]
        if calls is not None:
            step["step_details"] = {"type": "tool_calls", "tool_calls": calls}
        cost = usage(self.input_tokens, STEP_COST if calls else self.tokens)
        step.update(status="completed", completed_at=now(), usage=cost)
        self.emit("thread.run.step.completed", step)

    def delta(self, step: Json, calls: list[Json]) -> None:
        """Let the tool calls of a step grow."""
        details = {"type": "tool_calls", "tool_calls": calls}
        delta = {"step_details": details}
        shown = {"id": step["id"], "object": "thread.run.step.delta", "delta": delta}
        self.emit("thread.run.step.delta", shown)

    def use(self, call: Call) -> None:
        """Show one tool call from beginning to end, in a step of its own."""
        step = self.open_step({"type": "tool_calls", "tool_calls": []})
        for grown in call.deltas(0):
            self.delta(step, [grown])
        self.close_step([call.body])
