"""The end of the process: what was recorded is told before it, and runs under way as they stand."""

from __future__ import annotations

import json
import signal
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from mcp_foundry.emulator import Emulator
from tests.rigs.collector import Collector, collector
from tests.rigs.command_line import PATIENCE, end_of, start
from tests.rigs.http_server import asked
from tests.rigs.stdio_process import call, handshake, lines

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from anyio.abc import Process

pytestmark = pytest.mark.anyio
only_posix = pytest.mark.skipif(sys.platform == "win32", reason="they end a process at once there")
# So that nothing is told but by the flush at the end.
NEVER = {"OTEL_BSP_SCHEDULE_DELAY": "2000000000", "OTEL_METRIC_EXPORT_INTERVAL": "2000000000"}


@asynccontextmanager
async def bridge(
    told: Collector, emulator: Emulator, **changes: str
) -> AsyncGenerator[tuple[Process, Any]]:
    """A server over stdio after its handshake, and a function that sends it messages."""
    project = {"FOUNDRY_PROJECT_ENDPOINT": emulator.endpoint}
    async with await start(**told.environment, **NEVER, **project, **changes) as process:
        assert process.stdin is not None
        send = process.stdin.send
        await send(lines(*handshake()))
        yield process, send


async def answered(process: Process, number: int) -> dict[str, Any]:
    """Read until the answer to a request."""
    read = b""
    assert process.stdout is not None
    with anyio.fail_after(PATIENCE):
        while True:
            read += await process.stdout.receive()
            for line in read.splitlines(keepends=True):
                if line.endswith(b"\n") and (message := json.loads(line)).get("id") == number:
                    return message


@only_posix
@pytest.mark.parametrize("how", ["EOF", "SIGTERM", "SIGINT"])
async def test_runs_that_the_end_finds_under_way_are_told_as_they_stand(how: str) -> None:
    """One was handed over, and goes on at the service; another's caller still waits for it."""
    slow = "[slow 600]"
    with collector() as told:
        async with (
            Emulator() as emulator,
            bridge(told, emulator, MCP_FOUNDRY_MAX_WAIT="1", MCP_FOUNDRY_DRAIN="0.1") as (
                process,
                send,
            ),
        ):
            await send(lines(call(1, "ask_agent", agent="helper", message=slow)))
            handed_over = await answered(process, 1)
            assert handed_over["result"]["structuredContent"]["status"] == "in_progress"
            assert told.spans == []
            if how == "EOF":
                assert process.stdin is not None
                await process.stdin.aclose()
            else:
                process.send_signal(signal.Signals[how])
                process.send_signal(signal.Signals[how])  # an impatient one
            ended = await end_of(process)
        assert ended.code == (0 if how == "EOF" else 128 + signal.Signals[how])
        assert ended.stderr == ""
        span = await told.span("invoke_agent")
        assert span.attributes["mcp_foundry.outcome"] == "in_progress"
        assert span.ended > span.began
        assert any(point.name == "gen_ai.client.operation.duration" for point in told.points)


@only_posix
async def test_a_run_that_a_signal_cancels_is_told_as_cancelled() -> None:
    with collector() as told:
        async with Emulator() as emulator, bridge(told, emulator) as (process, send):
            await send(lines(call(1, "ask_agent", agent="helper", message="[slow 600]")))
            await emulator.wait_for(lambda it: it.live, timeout=PATIENCE)
            process.send_signal(signal.SIGTERM)
            await end_of(process)
        span = await told.span("invoke_agent")
        assert span.attributes["mcp_foundry.outcome"] == "cancelled"
        assert any(span.name == "tools/call ask_agent" for span in told.spans)


@only_posix
async def test_a_server_over_http_tells_before_a_signal_ends_it() -> None:
    with collector() as told:
        words = ("serve", "--http", "--port", "0", "--emulator")
        async with await start(*words, **told.environment, **NEVER) as process:
            assert process.stdout is not None
            url = (await process.stdout.receive()).decode().strip()
            with anyio.fail_after(PATIENCE):
                assert "hello" in await asked(url, "hello", "modern")
            assert told.spans == []
            process.send_signal(signal.SIGTERM)
            ended = await end_of(process)
        assert ended.code == 128 + signal.SIGTERM
        assert (await told.span("invoke_agent")).attributes["mcp_foundry.outcome"] == "completed"


@only_posix
async def test_ctrl_c_of_a_command_tells_what_it_cancelled() -> None:
    with collector() as told:
        async with Emulator(tokens_per_second=40) as emulator:
            project = {"FOUNDRY_PROJECT_ENDPOINT": emulator.endpoint}
            words = ("ask", "helper", "[slow 600]")
            async with await start(*words, **project, **told.environment, **NEVER) as process:
                assert process.stdin is not None
                await process.stdin.aclose()
                await emulator.wait_for(lambda it: it.live, timeout=PATIENCE)
                process.send_signal(signal.SIGINT)
                ended = await end_of(process)
        assert ended.code == 130
        span = await told.span("invoke_agent")
        assert span.attributes["mcp_foundry.outcome"] == "cancelled"


async def test_a_collector_that_never_answers_does_not_keep_the_process() -> None:
    with collector() as told:
        told.held.clear()
        async with Emulator() as emulator, bridge(told, emulator) as (process, send):
            await send(lines(call(1, "ask_agent", agent="helper", message="hello")))
            await answered(process, 1)
            assert process.stdin is not None
            await process.stdin.aclose()
            ended = await end_of(process)
        # Nothing was answered until here, and what was told had arrived.
        assert not told.held.is_set()
        assert ended.code == 0
        assert "Traceback" not in ended.stderr
        await told.span("invoke_agent")
