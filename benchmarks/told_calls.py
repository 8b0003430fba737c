"""What telemetry does in a call, in a loop, and the same call without it; see figure 15.

It is not whole calls: one takes milliseconds, which vary by more than is looked for. Both are what
the SDK of MCP does to a message in its own middleware; one goes through ours, too, and through all
that a run tells and sends along. The host sends a trace, which costs more than none. What is
measured is this thread's own time: beside it works the exporter's, where the environment names a
collector.
"""

from __future__ import annotations

import asyncio
import contextvars
import json
import os
import sys
from time import perf_counter_ns, thread_time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from mcp.server._otel import OpenTelemetryMiddleware

from mcp_foundry.agents.question import RunIds
from mcp_foundry.contract.answers import Answer, Usage
from mcp_foundry.server.observing import Observing
from mcp_foundry.settings.telemetry import Telemetry
from mcp_foundry.settings.values import Settings
from mcp_foundry.telemetry.invocation import Invocation
from mcp_foundry.telemetry.joining import join
from mcp_foundry.telemetry.observer import Observer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

# Fewer than the queue of the exporter takes.
_CALLS = 500
_TRACE = {"traceparent": f"00-{'0af76519' * 4}-{'b7ad6b71' * 2}-01", "tracestate": "host=1"}


class _Calls:
    def __init__(self) -> None:
        told = Telemetry.read(os.environ)
        endpoint = "https://a.services.ai.azure.com/api/projects/b"
        self._observer = Observer(Settings(endpoint=endpoint, telemetry=told))
        self._observer.set_up()
        ids = RunIds("resp_1/helper", "conv_1", "helper:1")
        usage = Usage(input_tokens=10, output_tokens=20, total_tokens=30)
        self._answer = Answer(status="completed", text="Yes.", usage=usage)
        self._read: Any = SimpleNamespace(model="gpt-5", tool_calls=0, first_text=0, ids=ids)
        self._result = {"structuredContent": {"status": "completed"}}

    async def _observe(self) -> None:
        """Do what the session does once it is set up, or where it is off."""
        if not self._observer.ready:
            raise AssertionError

    async def answered(self, _: Any) -> Any:  # noqa: ANN401 - a request, and its result
        """Answer, and tell nothing."""
        return self._result

    async def told(self, _: Any) -> Any:  # noqa: ANN401 - a request, and its result
        """Answer as a run does, in a context of its own, as it has one in life."""
        contextvars.copy_context().run(self._run)
        return self._result

    def _run(self) -> None:
        invocation = Invocation(self._observer)
        invocation.sent("helper", "conv_1", "Hello")
        join({})
        self._read.first_text = perf_counter_ns()
        invocation.ended(self._answer, self._read)

    def request(self) -> Any:  # noqa: ANN401 - as much of one as is looked at
        """Return a message as the SDK hands it to its middleware."""
        session = SimpleNamespace(observe=self._observe, observer=self._observer)
        return SimpleNamespace(
            method="tools/call",
            params={"name": "ask_agent", "arguments": {"message": "Hello"}},
            request_id=1,
            request=None,
            protocol_version="2025-11-25",
            meta=dict(_TRACE),
            lifespan_context=session,
        )

    async def take(self, middleware: list[Any], handler: Callable[[Any], Awaitable[Any]]) -> float:
        """Return the microseconds of a call."""
        for each in reversed(middleware):
            handler = _around(each, handler)
        begun = thread_time()
        for _ in range(_CALLS):
            await handler(self.request())
        return (thread_time() - begun) / _CALLS * 1e6


def _around(
    middleware: Callable[..., Awaitable[Any]], handler: Callable[[Any], Awaitable[Any]]
) -> Callable[[Any], Awaitable[Any]]:
    return lambda request: middleware(request, handler)


async def _main() -> None:
    calls = _Calls()
    plain: list[Any] = [OpenTelemetryMiddleware()]
    told = list(plain)
    Observing(told, lambda _: {})
    for _ in sys.stdin:
        taken = (
            await calls.take(plain, calls.answered),
            await calls.take(told, calls.told),
        )
        sys.stdout.write(f"{json.dumps(taken)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(_main())
