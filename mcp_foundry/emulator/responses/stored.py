"""Responses as they are written down, and what stands for one that was read from disk."""

from collections.abc import Callable

from mcp_foundry.emulator.faults.fault import Fault
from mcp_foundry.emulator.responses.run import Hooks, ResponseRun
from mcp_foundry.emulator.runs.engine import Engine
from mcp_foundry.emulator.store.codecs import Codec
from mcp_foundry.emulator.store.records import StoredResponse, Turn
from mcp_foundry.emulator.wire.values import Json, as_text

Stored = StoredResponse[ResponseRun]
INTERRUPTED = "The emulator ended while this response was in progress."


def _nothing(_: object) -> None:
    pass


class EndedRun(ResponseRun):
    """A response that has ended, before its events were kept.

    Args:
        body: The response as the service shows it.
        engine: What it would have run on.
    """

    def __init__(self, body: Json, engine: Engine) -> None:
        status = body["status"]
        super().__init__(body, engine, Fault(), 0, Hooks(_nothing, streamed=False))
        body["status"] = status
        self.forget()
        if self.under_way:
            self.keep_partial()
            body.update(status="failed", error={"code": "server_error", "message": INTERRUPTED})


def response_codec(engine: Engine, find: Callable[[str], Stored | None]) -> Codec[Stored]:
    """How responses are written down.

    Args:
        engine: What they run on.
        find: Finds the one before another by its id.
    """

    def turn_of(name: str) -> Turn | None:
        earlier = find(name)
        return earlier.turn if earlier else None

    def write(stored: Stored) -> Json:
        name = as_text(stored.run.body.get("previous_response_id"))
        if name:
            # The one before is found by its name from now on, or all of them stayed in memory.
            stored.turn.previous = lambda: turn_of(name)
        return {
            "body": stored.run.body,
            "given": stored.given,
            "agent": stored.agent,
            "user": stored.user,
            "followed": stored.followed,
        }

    def make(written: Json) -> Stored:
        run: ResponseRun = EndedRun(written["body"], engine)
        name = as_text(run.body.get("previous_response_id"))
        turn = Turn((lambda: turn_of(name)) if name else None, [*written["given"], *run.output])
        del written["body"]
        return StoredResponse(run, turn, **written)

    def in_use(stored: Stored) -> bool:
        run = stored.run
        return run.under_way or (run.replayable and not run.forgotten)

    return Codec(write, make, in_use=in_use)
