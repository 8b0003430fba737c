"""An agent that does what its message says, in Microsoft's own server of the Responses protocol.

A message is made of steps: `[say TEXT]` word by word, `[wait GATE]` until some other message says
`[open GATE]`, `[call NAME ARGUMENTS]` a function, `[recall]` what was said before, `[raise]`. What
a test waits for is written to stdout, a line each; the first is the port.
"""
# Its server is installed where it runs, and not here.
# pyright: basic, reportMissingImports=false

from __future__ import annotations

import asyncio
import os
import re
import socket
from collections import defaultdict
from typing import TYPE_CHECKING

from azure.ai.agentserver.responses import (
    ResponseEventStream,
    ResponsesAgentServerHost,
    TextResponse,
)
from hypercorn.asyncio import serve
from hypercorn.config import Config
from opentelemetry import trace

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterable, Iterable, Iterator

    from azure.ai.agentserver.responses import CreateResponse, ResponseContext

PACE = 0.005
"""Seconds between two words, for a text to come in pieces."""

# Without its observability nothing is sent to Microsoft, and nothing is logged. It is set up as
# hosted agents have it where a collector is named, which then is all that is told.
telling = {} if "OTEL_EXPORTER_OTLP_ENDPOINT" in os.environ else {"configure_observability": None}
host = ResponsesAgentServerHost(**telling)
tracer = trace.get_tracer("agent")
gates: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)


def tell(line: str) -> None:
    """Writes a line that a test waits for."""
    print(line, flush=True)  # noqa: T201 - stdout is how the tests hear of it


@host.response_handler
async def answer(
    request: CreateResponse, context: ResponseContext, cancelled: asyncio.Event
) -> AsyncIterable:
    # The server makes none of its own, and leads those of an agent's framework to who asks.
    tracer.start_span("answer").end()
    items = await context.get_input_items()
    if outputs := [item["output"] for item in items if item["type"] == "function_call_output"]:
        called = [i["name"] for i in await context.get_history() if i["type"] == "function_call"]
        return TextResponse(context, request, text=f"{called[-1]} says {', '.join(outputs)}.")
    message = await context.get_input_text()
    steps = re.findall(r"\[(\w+) ?(.*?)\]", message)
    if steps[0][0] == "call":
        return calling(context, request, steps)
    return TextResponse(context, request, text=text(steps, context, cancelled))


async def calling(
    context: ResponseContext, request: CreateResponse, steps: list[tuple[str, str]]
) -> AsyncGenerator:
    stream = ResponseEventStream(response_id=context.response_id, request=request)
    yield stream.emit_created()
    yield stream.emit_in_progress()
    for number, (_, what) in enumerate(steps):
        name, _, arguments = what.partition(" ")
        for event in stream.output_item_function_call(name, f"call_{number}", arguments):
            yield event
    yield stream.emit_completed()


async def text(
    steps: list[tuple[str, str]], context: ResponseContext, cancelled: asyncio.Event
) -> AsyncGenerator[str, None]:
    space = ""
    for step, what in steps:
        if step == "say":
            for word in what.split():
                yield space + word
                space = " "
                await asyncio.sleep(PACE)
        elif step == "open":
            gates[what].set()
            yield "Opened."
        elif step == "wait":
            tell(f"waits at {what}")
            if not await opened(gates[what], cancelled):
                tell(f"cancelled at {what}")
                return
        elif step == "recall":
            yield " / ".join(texts(await context.get_history()))
        elif step == "raise":
            raise ValueError(what)


async def opened(gate: asyncio.Event, cancelled: asyncio.Event) -> bool:
    """Wait for a gate; return whether it was opened before the response was cancelled."""
    waits = [asyncio.ensure_future(event.wait()) for event in (gate, cancelled)]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
    return not cancelled.is_set()


def texts(items: Iterable) -> Iterator[str]:
    for item in items:
        for part in item.get("content") or ():
            yield part["text"]


async def main() -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        # From now on whoever connects is kept waiting, not refused.
        listening.listen(128)
        config = Config()
        config.graceful_timeout = 1
        port = listening.getsockname()[1]
        config.bind = [f"fd://{listening.detach()}"]
        tell(str(port))
        await serve(host, config)


asyncio.run(main())
