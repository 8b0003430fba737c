"""Threads and their runs as they are written down, and made again."""

from dataclasses import asdict

from mcp_foundry.emulator.classic.run import ENDED, ClassicRun
from mcp_foundry.emulator.classic.steps import Call
from mcp_foundry.emulator.faults.fault import Fault
from mcp_foundry.emulator.model.acts import AskApproval, CallFunction
from mcp_foundry.emulator.runs.engine import Engine
from mcp_foundry.emulator.store.codecs import Codec, whole
from mcp_foundry.emulator.store.records import Thread
from mcp_foundry.emulator.wire.values import Json, now

Stored = Thread[ClassicRun]
INTERRUPTED = "The emulator ended while this run was in progress."
LATER = {"approval": AskApproval, "function": CallFunction}


class RestoredRun(ClassicRun):
    """A run that was read from disk: it has ended, or waits for the caller.

    Args:
        written: What was written down of it.
        messages: The messages of its thread, oldest first.
        engine: What it goes on with.
    """

    def __init__(self, written: Json, messages: list[Json], engine: Engine) -> None:
        super().__init__(written["body"], messages, engine, Fault(), written["input_tokens"])
        self.agent = written["agent"]
        self.resources = written["resources"]
        self.listed = set(written["listed"])
        self.steps = written["steps"]
        self.tokens = written["tokens"]
        self.waiting = [Call(body, body, []) for body in written["waiting"]]
        self.later = [LATER[kind](**fields) for kind, fields in written["later"]]
        if self.active and not self.waiting:
            self._message = next(filter(self._is_begun, messages), None)
            self.fail("server_error", INTERRUPTED)
        self.forget()

    def _is_begun(self, message: Json) -> bool:
        return message["run_id"] == self.id and message["status"] == "in_progress"


def _written(run: ClassicRun) -> Json:
    return {
        "body": run.body,
        "steps": run.steps,
        "agent": run.agent,
        "resources": run.resources,
        "listed": sorted(run.listed),
        "input_tokens": run.input_tokens,
        "tokens": run.tokens,
        "waiting": [call.body for call in run.waiting],
        "later": [
            ["approval" if isinstance(each, AskApproval) else "function", asdict(each)]
            for each in run.later
        ],
    }


def _message(message: Json) -> object:
    # Of one that is complete only the metadata can change.
    done = message.get("status", "completed") == "completed"
    return (message["id"], whole(message["metadata"])) if done else whole(message)


def _run(written: Json) -> object:
    body = written["body"]
    return (body["status"], whole(body["metadata"])) if body["status"] in ENDED else whole(written)


def thread_codec(engine: Engine) -> Codec[Stored]:
    """How threads are written down.

    Args:
        engine: What their runs go on with.
    """

    def write(thread: Stored) -> Json:
        runs = {name: _written(run) for name, run in thread.runs.items()}
        return {"info": thread.info, "messages": thread.messages, "runs": runs}

    def make(written: Json) -> Stored:
        messages = written["messages"]
        thread = Thread[ClassicRun](written["info"], messages)
        for name, each in written["runs"].items():
            thread.runs[name] = RestoredRun(each, messages, engine)
        return thread

    def in_use(thread: Stored) -> bool:
        return thread.active is not None

    def resume(thread: Stored) -> None:
        if run := thread.active:
            engine.live[run.id] = run
            run.wait_for_caller(run.body["expires_at"] - now())

    return Codec(write, make, {"messages": _message, "runs": _run}, in_use, resume)
