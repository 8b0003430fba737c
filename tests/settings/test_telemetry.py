"""What the standard variables of OpenTelemetry are taken for."""

from __future__ import annotations

import pytest

from mcp_foundry.settings.telemetry import Telemetry

ENDPOINT = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318/"}
SECRET = "s3cret"  # noqa: S105 - for the test that it is shown nowhere


@pytest.mark.parametrize(
    ("said", "traces", "metrics"),
    [
        ({}, "", ""),
        (ENDPOINT, "http://collector:4318/v1/traces", "http://collector:4318/v1/metrics"),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://t/x"}, "http://t/x", ""),
        ({"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": " http://m/x "}, "", "http://m/x"),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, "http://localhost:4318/v1/traces", ""),
        ({"OTEL_METRICS_EXPORTER": "OTLP"}, "", "http://localhost:4318/v1/metrics"),
        ({**ENDPOINT, "OTEL_TRACES_EXPORTER": "none", "OTEL_METRICS_EXPORTER": "none"}, "", ""),
        (
            {**ENDPOINT, "OTEL_METRICS_EXPORTER": "none"},
            "http://collector:4318/v1/traces",
            "",
        ),
        ({**ENDPOINT, "OTEL_SDK_DISABLED": "True", "OTEL_TRACES_EXPORTER": "otlp"}, "", ""),
        ({"OTEL_SERVICE_NAME": "x", "OTEL_EXPORTER_OTLP_HEADERS": "nonsense"}, "", ""),
    ],
)
def test_an_endpoint_or_an_exporter_switches_a_signal_on(
    said: dict[str, str], traces: str, metrics: str
) -> None:
    telemetry = Telemetry.read(said)
    assert (telemetry.traces, telemetry.metrics, telemetry.complaint) == (traces, metrics, "")
    assert telemetry.wanted == bool(traces or metrics)


@pytest.mark.parametrize(
    ("said", "exports", "told"),
    [
        ({"OTEL_TRACES_EXPORTER": "console"}, False, "OTEL_TRACES_EXPORTER=console: "),
        ({"OTEL_TRACES_EXPORTER": "otlp,console"}, True, "OTEL_TRACES_EXPORTER=console: "),
        ({**ENDPOINT, "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, False, "it is http/protobuf here"),
        (
            {**ENDPOINT, "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/json"},
            True,
            "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=http/json: it is http/protobuf here",
        ),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": f"collector:4318/{SECRET}"}, False, "ENDPOINT is no URL"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://[{SECRET}"}, False, "ENDPOINT is no URL"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://h:{SECRET}"}, False, "ENDPOINT is no URL"),
        ({**ENDPOINT, "OTEL_EXPORTER_OTLP_HEADERS": f"key {SECRET}"}, True, "no name=value"),
        ({**ENDPOINT, "OTEL_EXPORTER_OTLP_HEADERS": f"a=b, {SECRET}é=x"}, True, "no name=value"),
        ({"OTEL_TRACES_EXPORTER": f"key={SECRET}"}, False, "OTEL_TRACES_EXPORTER: this"),
        ({**ENDPOINT, "OTEL_TRACES_SAMPLER": "some"}, True, "OTEL_TRACES_SAMPLER=some is no"),
        (
            {**ENDPOINT, "OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "nan"},
            True,
            "OTEL_TRACES_SAMPLER_ARG=nan is no share",
        ),
    ],
)
def test_what_cannot_be_done_is_said_without_anything_that_may_be_secret(
    said: dict[str, str], exports: bool, told: str
) -> None:
    telemetry = Telemetry.read(said)
    assert told in telemetry.complaint
    assert "\n" not in telemetry.complaint
    assert SECRET not in f"{telemetry.complaint} {telemetry!r}"
    assert telemetry.exports == exports
    assert telemetry.wanted


@pytest.mark.parametrize("text", ["abc", "0", "-5", "1.5", "1e3", "9" * 30, "٣", "2147483648"])
def test_numbers_that_are_none_are_told_and_the_defaults_taken(text: str) -> None:
    for name, variable in {
        "delay": "OTEL_BSP_SCHEDULE_DELAY",
        "queue": "OTEL_BSP_MAX_QUEUE_SIZE",
        "batch": "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
        "interval": "OTEL_METRIC_EXPORT_INTERVAL",
    }.items():
        telemetry = Telemetry.read({**ENDPOINT, variable: text})
        assert getattr(telemetry, name) == getattr(Telemetry, name)
        assert variable in telemetry.complaint
        assert telemetry.exports


def test_no_batch_is_larger_than_what_waits() -> None:
    telemetry = Telemetry.read({**ENDPOINT, "OTEL_BSP_MAX_QUEUE_SIZE": "7"})
    assert (telemetry.queue, telemetry.batch, telemetry.complaint) == (7, 7, "")


def test_a_collector_is_named_by_its_host_alone() -> None:
    place = f"https://me:{SECRET}@collector.example:4318/{SECRET}?key={SECRET}"
    telemetry = Telemetry.read(
        {
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": place,
            "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "http://[::1]:1",
        }
    )
    assert telemetry.collector == "collector.example:4318 and [::1]:1"
    assert SECRET not in repr(telemetry)
