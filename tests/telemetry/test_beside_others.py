"""Beside other people's instrumentation, and before a collector that is not ours."""

from __future__ import annotations

import asyncio
import platform
import socket
import sys
from collections import Counter
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import anyio
import pytest

from tests.rigs.collector import collector
from tests.rigs.command_line import COMMAND, PATIENCE, environment, run

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp_foundry.emulator import Emulator
    from tests.rigs.collector import Collector
    from tests.rigs.command_line import Finished

pytestmark = [pytest.mark.anyio, pytest.mark.judges]

INSTRUMENT = str(Path(sys.executable).with_name("opentelemetry-instrument"))
OPENTELEMETRY = {"OTEL_PYTHON_DISTRO": "distro", "OTEL_PYTHON_CONFIGURATOR": "configurator"}
AZURE = {
    "AZURE_TRACING_ENABLED": "true",
    "AZURE_SDK_TRACING_IMPLEMENTATION": "opentelemetry",
    "AZURE_EXPERIMENTAL_ENABLE_GENAI_TRACING": "true",
}
OURS = ["tools/call stream_agent", "invoke_agent helper"]


def of_question(told: Collector) -> Counter[str]:
    """What was told of it, without what the SDK of MCP tells of the command, a client."""
    return Counter(
        span.name
        for span in told.spans
        if span.scope != "mcp-python-sdk" or span.name.startswith("tools/call")
    )


def named(name: str) -> Callable[[Any], bool]:
    """Whether what was told has this name."""
    return lambda told: told.name == name


async def asked(*command: str, endpoint: str, **variables: str) -> str:
    """What is on stderr after a question that the command asked."""
    words = ("ask", "--endpoint", endpoint, "--agent", "helper", "hello")
    with anyio.fail_after(PATIENCE):
        done = await anyio.run_process(
            [*command, *COMMAND, *words], check=False, env=environment(**variables)
        )
    assert done.returncode == 0, done.stderr.decode()
    return done.stderr.decode()


async def test_under_opentelemetry_instrument_nothing_is_told_twice(emulator: Emulator) -> None:
    with collector() as told:
        variables = {
            **told.environment,
            **OPENTELEMETRY,
            **AZURE,
            "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
            "OTEL_SERVICE_NAME": "theirs",
        }
        said = await asked(INSTRUMENT, endpoint=emulator.endpoint, **variables)
        run_span, post = await told.span("invoke_agent"), await told.span("POST")
    assert "Overriding" not in said
    # The request's own span is of what instruments aiohttp.
    assert of_question(told) == Counter([*OURS, "POST"])
    assert run_span.resource["service.name"] == "theirs"
    assert post.parent_id == run_span.span_id
    (received,) = emulator.received
    assert received.headers["traceparent"].split("-")[1:3] == [post.trace_id, post.span_id]


async def test_beside_azures_own_tracing_nothing_is_told_twice(emulator: Emulator) -> None:
    with collector() as told:
        await asked(endpoint=emulator.endpoint, **told.environment, **AZURE)
        ran = await told.span("invoke_agent")
    assert of_question(told) == Counter(OURS)
    (received,) = emulator.received
    assert received.headers["traceparent"].split("-")[1:3] == [ran.trace_id, ran.span_id]


async def test_azure_monitor_is_told_of_a_question_once(emulator: Emulator, tmp_path: Path) -> None:
    with collector() as told:
        place = f"http://127.0.0.1:{told.port}/"
        variables = {
            "APPLICATIONINSIGHTS_CONNECTION_STRING": f"InstrumentationKey={'0' * 8}-0000-0000-0000-"
            f"{'0' * 11}1;IngestionEndpoint={place};LiveEndpoint={place}",
            "APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL": "true",
            "TMPDIR": str(tmp_path),  # where it keeps what it could not tell
            "OTEL_PYTHON_DISTRO": "azure_monitor_opentelemetry_distro",
            "OTEL_PYTHON_CONFIGURATOR": "azure_monitor_opentelemetry_configurator",
        }
        await asked(INSTRUMENT, endpoint=emulator.endpoint, **variables)
        told_once = [line for body in told.bodies for line in body.split(b"\n")]
    names = Counter(name for name in OURS for body in told_once if f'"{name}"'.encode() in body)
    assert names == Counter(OURS), [len(body) for body in told.bodies]


@pytest.mark.skipif(platform.machine() not in {"x86_64", "AMD64"}, reason="has no other core")
async def test_a_collector_that_is_not_ours_takes_and_reads_what_is_told() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    oteltap = import_module("oteltap")
    settings = oteltap.OtelTapHttpProtobufReceiverSettings(http_port=port)
    async with oteltap.OtelTapHttpProtobufReceiver(settings) as tap:
        place = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{port}"}
        asked = run("ask", "--emulator", "hello", **place)
        ran = tap.await_trace(named("invoke_agent helper"), PATIENCE)
        measured = tap.await_metric(named("gen_ai.client.operation.duration"), PATIENCE)
        finished, span, point = cast(
            "tuple[Finished, Any, Any]", await asyncio.gather(asked, ran, measured)
        )
    assert (finished.code, finished.stderr) == (0, "")
    attributes = {pair.key: pair.value.string_value for pair in span.attributes}
    assert attributes["gen_ai.agent.name"] == "helper"
    assert point.histogram.data_points[0].count == 1
