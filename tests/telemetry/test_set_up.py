"""How telemetry is set up: when, by whom, under which name, and where it cannot be."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import anyio
import pytest

from tests.rigs.collector import collector
from tests.rigs.command_line import PATIENCE, end_of, environment, run, start
from tests.rigs.stdio_process import call, handshake, lines, request

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio

# As a program that embeds this one would: providers of its own, and then the command.
_EMBEDDING = """
import json, sys
from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from mcp_foundry.cli import main
spans, reader = InMemorySpanExporter(), InMemoryMetricReader()
trace.set_tracer_provider(provider := TracerProvider())
provider.add_span_processor(SimpleSpanProcessor(spans))
if "metrics" in sys.argv:
    metrics.set_meter_provider(MeterProvider([reader]))
code = main(["ask", "--emulator", "hello"])
read = reader.get_metrics_data() if "metrics" in sys.argv else None
names = [m.name for r in read.resource_metrics for s in r.scope_metrics for m in s.metrics] \
    if read else []
print(json.dumps([code, [span.name for span in spans.get_finished_spans()], names]))
"""


@pytest.mark.parametrize("whose", ["metrics", "traces"])
async def test_providers_that_are_there_win_each_for_its_own_signal(whose: str) -> None:
    with collector() as told:
        with anyio.fail_after(PATIENCE):
            done = await anyio.run_process(
                [sys.executable, "-c", _EMBEDDING, whose],
                env=environment(**told.environment, OTEL_EXPORTER_OTLP_TRACES_PROTOCOL="grpc")
                if whose == "metrics"
                else environment(**told.environment),
            )
        code, spans, measured = json.loads(done.stdout.splitlines()[-1])
        assert code == 0
        assert spans.count("invoke_agent helper") == 1
        assert told.spans == []
        elsewhere = {point.name for point in told.points}
        here, there = (set(measured), elsewhere) if whose == "metrics" else (elsewhere, measured)
        assert "gen_ai.client.operation.duration" in here
        assert not there
        assert done.stderr == b""


async def test_what_is_told_bears_this_programs_name_or_the_one_it_was_given() -> None:
    with collector() as told:
        await run("ask", "--emulator", "hello", **told.environment)
        ours = (await told.span("invoke_agent")).resource
        given = {
            "OTEL_SERVICE_NAME": "bridge",
            "OTEL_RESOURCE_ATTRIBUTES": "service.version=7,team=a%20b,nonsense",
        }
        told.spans.clear()
        finished = await run("ask", "--emulator", "hello", **told.environment, **given)
        theirs = (await told.span("invoke_agent")).resource
    assert ours["service.name"] == "mcp-foundry"
    assert ours["service.version"]
    assert {name.partition(".")[0] for name in ours} == {"service", "telemetry"}
    assert (theirs["service.name"], theirs["service.version"]) == ("bridge", "7")
    assert theirs["team"] == "a b"
    assert finished.stderr == ""


async def test_with_telemetry_off_a_question_imports_nothing_of_it() -> None:
    imported = await _imported(
        call(1, "ask_agent", agent="helper", message="hello"), PYTHONPROFILEIMPORTTIME="1"
    )
    assert "opentelemetry.trace" in imported
    assert not [name for name in imported if name.startswith("opentelemetry.sdk")]
    assert not {"opentelemetry.metrics", "requests", "opentelemetry.exporter"} & imported


async def test_with_telemetry_on_nothing_of_it_is_imported_before_the_first_listing() -> None:
    asked = request(1, "ping")
    with collector() as told:
        imported = await _imported(asked, PYTHONPROFILEIMPORTTIME="1", **told.environment)
    assert "opentelemetry.trace" in imported
    assert not [name for name in imported if name.startswith("opentelemetry.sdk")]
    assert not {"opentelemetry.metrics", "requests", "opentelemetry.exporter"} & imported


@pytest.mark.parametrize(
    ("shadow", "content", "told"),
    [
        (
            "sitecustomize.py",
            "import sys; sys.modules['opentelemetry.exporter'] = None",
            "what sends it is not installed: pip install 'mcp-foundry[telemetry]'",
        ),
        (
            "opentelemetry/sdk/__init__.py",
            "__version__ = '2.0.0'",
            "pip install 'mcp-foundry[telemetry]'",
        ),
        (
            "opentelemetry/sdk/resources/__init__.py",
            "OTELResourceDetector = Resource = None",
            "the SDK of OpenTelemetry cannot be set up: TypeError",
        ),
    ],
)
async def test_an_sdk_that_is_missing_or_another_is_one_line(
    tmp_path: Path, shadow: str, content: str, told: str
) -> None:
    place = tmp_path / shadow
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(content)
    changes = {"OTEL_TRACES_EXPORTER": "otlp", "PYTHONPATH": str(tmp_path)}
    finished = await run("ask", "--emulator", "hello", **changes)
    assert finished.code == 0
    assert "hello" in finished.stdout
    [line] = finished.stderr.splitlines()
    assert told in line


async def test_what_the_api_cannot_load_by_name_is_left_out_with_a_line_each() -> None:
    given = {
        "OTEL_PYTHON_CONTEXT": "nonsense",
        "OTEL_PROPAGATORS": "tracecontext,nonsense",
        "OTEL_PYTHON_TRACER_PROVIDER": "nonsense",
        "OTEL_PYTHON_METER_PROVIDER": "nonsense",
    }
    with collector() as told:
        finished = await run(
            "ask",
            "--emulator",
            "hello",
            **given,
            **told.environment,
        )
        await told.span("invoke_agent")
    assert finished.code == 0
    said = finished.stderr.splitlines()
    assert len(said) == len(given) - 1  # for the context the API has a default
    assert all(name in finished.stderr for name in given if name != "OTEL_PYTHON_CONTEXT")


async def test_values_that_the_sdk_refuses_are_one_line_and_no_failure() -> None:
    given = {"OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT": "abc", "OTEL_TRACES_EXPORTER": "otlp"}
    finished = await run("ask", "--emulator", "hello", **given)
    assert finished.code == 0
    [line] = finished.stderr.splitlines()
    assert "Telemetry: the SDK of OpenTelemetry cannot be set up: " in line


# The SDK measures itself with it, and older ones are not set up where they cannot.
_NOT_FOR_US = """
from opentelemetry import metrics

class Bad(metrics.NoOpMeterProvider):
    def get_meter(self, name, *rest, **more):
        if name == "mcp-foundry":
            raise TypeError(name)
        return super().get_meter(name, *rest, **more)

metrics.set_meter_provider(Bad())
"""


async def test_a_provider_that_makes_no_measures_fails_no_call(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(_NOT_FOR_US)
    with collector() as told:
        changes = {**told.environment, "PYTHONPATH": str(tmp_path)}
        finished = await run("ask", "--emulator", "hello", **changes)
        await told.span("invoke_agent")
    assert finished.code == 0
    [line] = finished.stderr.splitlines()
    assert "the SDK of OpenTelemetry cannot be set up: TypeError" in line


async def test_a_batch_is_told_too(tmp_path: Path) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text("message\none\ntwo\n")
    with collector() as told:
        out = str(tmp_path / "answers.jsonl")
        finished = await run("batch", str(rows), "--emulator", "--output", out, **told.environment)
        assert finished.code == 0, finished.stderr
        await told.wait_for(
            lambda: sum(span.name == "invoke_agent helper" for span in told.spans) == 2
        )


async def _imported(asked: dict[str, object], **changes: str) -> set[str]:
    """What a server over stdio imports until it has answered this, by Python's own account."""
    async with await start("--emulator", **changes) as process:
        assert process.stdin is not None
        await process.stdin.send(lines(*handshake(), asked))
        await process.stdin.aclose()
        ended = await end_of(process)
    assert '"id":1' in ended.stdout.replace(" ", "")
    return {line.rpartition("|")[2].strip() for line in ended.stderr.splitlines()}
