"""One trace from a host through our server to an agent in Microsoft's own."""

from __future__ import annotations

import sys
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from mcp import StdioServerParameters
from mcp.client import Client
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

from tests.rigs.agent_server import agent_server
from tests.rigs.calling import answered, ask
from tests.rigs.collector import Collector, Span, collector
from tests.rigs.command_line import COMMAND, PATIENCE, environment, start

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator
    from pathlib import Path

    from opentelemetry.trace import Tracer

    from tests.rigs.agent_server import AgentServer

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.clients,
    pytest.mark.timeout(600),
    pytest.mark.skipif(sys.platform == "win32", reason="homes are elsewhere there"),
]

SOON = {"OTEL_BSP_SCHEDULE_DELAY": "100"}
HELD = {"message": "[say Still] [wait the host] [say here.]"}


@pytest.fixture
def told() -> Generator[Collector]:
    with collector() as receiving:
        yield receiving


@pytest.fixture
def agent(python: str, tmp_path: Path, told: Collector) -> Generator[AgentServer]:
    """An agent that tells the same collector what it does."""
    with agent_server(python, tmp_path, {**told.environment, **SOON}) as running:
        yield running


@contextmanager
def host(told: Collector) -> Generator[Tracer]:
    """What a host tells with: this process has none for others to find."""
    provider = TracerProvider(resource=Resource({"service.name": "host"}), shutdown_on_exit=False)
    exporter = OTLPSpanExporter(f"http://127.0.0.1:{told.port}/v1/traces")
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    try:
        yield provider.get_tracer("host")
    finally:
        provider.shutdown()


@asynccontextmanager
async def over_stdio(*words: str, **variables: str) -> AsyncGenerator[Client]:
    program, *begin = COMMAND
    words = (*begin, *words)
    server = StdioServerParameters(command=program, args=[*words], env=environment(**variables))
    async with Client(server, mode="legacy") as client:
        yield client


@asynccontextmanager
async def over_http(*words: str, **variables: str) -> AsyncGenerator[Client]:
    async with await start("serve", "--http", *words, **variables) as server:
        try:
            assert server.stdout is not None
            with anyio.fail_after(PATIENCE):
                url = (await server.stdout.receive()).decode()
            async with Client(url.strip()) as client:
                yield client
            server.terminate()
            with anyio.fail_after(PATIENCE):
                await server.wait()
        finally:
            if server.returncode is None:
                server.kill()


async def only(told: Collector, name: str) -> Span:
    """The one span whose name begins so."""
    span = await told.span(name)
    assert [each.name for each in told.spans if each.name.startswith(name)] == [span.name]
    return span


@pytest.mark.parametrize("served", [over_stdio, over_http])
async def test_host_call_run_and_agent_are_one_trace(
    agent: AgentServer, told: Collector, served: Callable[..., Any]
) -> None:
    with host(told) as tracer:
        async with served("--local", f"helper={agent.endpoint}", **told.environment) as client:
            with tracer.start_as_current_span("turn"):
                assert (await ask(client, "[say Hello.]"))["text"] == "Hello."
    turn, call = await only(told, "turn"), await only(told, "tools/call")
    run, answer = await only(told, "invoke_agent"), await only(told, "answer")

    assert [span.resource["service.name"] for span in (turn, call, run)] == [
        "host",
        "mcp-foundry",
        "mcp-foundry",
    ]
    assert answer.scope == "agent"
    assert turn.parent_id == ""
    assert call.parent_id == turn.span_id
    assert run.parent_id == call.span_id
    assert answer.parent_id == run.span_id
    assert {span.trace_id for span in (call, run, answer)} == {turn.trace_id}


async def test_a_run_that_was_handed_over_ends_in_the_trace_that_began_it(
    agent: AgentServer, told: Collector
) -> None:
    words = ("--local", f"helper={agent.endpoint}", "--max-wait", "0.5")
    with host(told) as tracer:
        async with over_stdio(*words, **told.environment) as client:
            with tracer.start_as_current_span("turn"):
                early = await answered(client, "ask_agent", **HELD)
            assert early["status"] == "in_progress"
            call = await only(told, "tools/call")
            await ask(client, "[open the host]")
            with tracer.start_as_current_span("later"):
                late = await answered(client, "get_answer", answer_id=early["answer_id"])
    assert late["text"] == "Still here."
    turn, later = await only(told, "turn"), await only(told, "later")
    fetched = await only(told, "tools/call get_answer")
    (run,) = (s for s in told.spans if s.name.startswith("invoke") and s.parent_id == call.span_id)

    assert (call.parent_id, run.trace_id) == (turn.span_id, turn.trace_id)
    assert run.ended > call.ended
    assert run.attributes["mcp_foundry.outcome"] == "completed"
    assert fetched.parent_id == later.span_id
    assert fetched.links == (run.span_id,)
