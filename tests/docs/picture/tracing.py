"""The picture of a trace, made: a host asks through the real server, and a collector is told.

In Foundry's place is the emulator, which tells nothing; its agent does, as an instrumented one.
"""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import anyio
from mcp import StdioServerParameters
from mcp.client import Client
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from mcp_foundry.contract.json import object_in
from mcp_foundry.emulator.model.acts import Say, Search
from mcp_foundry.emulator.model.writing import split_tokens
from tests.docs.picture.stage import Stage
from tests.docs.picture.waterfall import draw, in_order
from tests.rigs.collector import collector
from tests.rigs.command_line import COMMAND, PATIENCE, environment

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator

    from opentelemetry.trace import Tracer

    from mcp_foundry.emulator import Emulator
    from mcp_foundry.emulator.model.acts import Act
    from mcp_foundry.emulator.model.question import Question
    from tests.rigs.collector import Collector

PATH = Path(__file__).parents[3] / "docs" / "pictures" / "trace.svg"
TITLE = "One question, seen from end to end"
_TURN, _LAST = "answer a person", "tools/call get_answer"
# Seconds, and tokens in one: for bars that can be told apart.
_WAIT, _RETRY, _PAUSE, _PACE = "1", 0.2, 0.3, 40
_SAID = "The four weeks above 25 °C sold 81 % more than the others, and week 29 most of all."


class _Analyst:
    """An agent that is instrumented: its spans are of the trace that it is asked in."""

    def __init__(self, tracer: Tracer) -> None:
        self.project: Emulator | None = None
        self.cue = asyncio.Event()
        self._tracer = tracer

    async def answer(self, question: Question) -> AsyncIterator[Act]:
        """Yield what it does; it waits for its cue before it speaks."""
        if self.project is None or question.earlier:
            raise AssertionError
        asked = TraceContextTextMapPropagator().extract(self.project.received[-1].headers)
        whole = self._tracer.start_span("invoke_agent analyst", asked)
        within = set_span_in_context(whole)
        search = self._tracer.start_span("execute_tool web_search", within)
        yield Search("weather in Oslo by week")
        await asyncio.sleep(_PAUSE)
        search.end()
        chat = self._tracer.start_span("chat gpt-5", within)
        await self.cue.wait()
        await asyncio.sleep(_PAUSE)
        yield Say(split_tokens(_SAID))
        chat.end()
        whole.end()


async def make() -> str:
    """Ask, and return the SVG of what was told of it."""
    with collector() as told:
        with _telling("host", told) as host, _telling("agent", told) as agent:
            await _asked(host, _Analyst(agent), told)
        turn = await told.span(_TURN)
        await told.span(_LAST)
        spans = [span for span in told.spans if span.trace_id == turn.trace_id]
    rows = (f"{'  ' * depth}{span.name}" for depth, span in in_order(spans))
    return draw(TITLE, "\n".join(rows), spans)


@contextmanager
def _telling(name: str, told: Collector) -> Generator[Tracer]:
    """Yield what makes spans that are told under a service's name, at the end."""
    provider = TracerProvider(resource=Resource({"service.name": name}), shutdown_on_exit=False)
    place = f"{told.environment['OTEL_EXPORTER_OTLP_ENDPOINT']}/v1/traces"
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(place)))
    yield provider.get_tracer(name)
    provider.shutdown()


async def _asked(host: Tracer, analyst: _Analyst, told: Collector) -> None:
    """Ask one question; it is refused once, outlives its call, and is then fetched."""
    with TemporaryDirectory() as folder, anyio.fail_after(PATIENCE):
        async with Stage(Path(folder), analyst, _PACE) as project:
            analyst.project = project
            settings = {
                "FOUNDRY_PROJECT_ENDPOINT": project.endpoint,
                "MCP_FOUNDRY_MAX_WAIT": _WAIT,
            }
            server = StdioServerParameters(
                command=COMMAND[0],
                args=COMMAND[1:],
                env=environment(**settings, **told.environment),
            )
            async with Client(server) as client:
                # The project is open before the first question, as it mostly is in life.
                await client.call_tool("list_agents")
                project.fail_next(429, retry_after=_RETRY)
                with host.start_as_current_span(_TURN):
                    asked = await client.call_tool(
                        "ask_agent", {"agent": "analyst", "message": "Did the heat help sales?"}
                    )
                    analyst.cue.set()
                    handed_over = object_in(asked.structured_content)
                    await client.call_tool("get_answer", {"answer_id": handed_over["answer_id"]})
