"""Where spans and measures go: to the collector that the standard variables name.

What was set up before by others wins: an embedding program, or `opentelemetry-instrument`.
"""

from __future__ import annotations

import logging
import re
import sys
from typing import TYPE_CHECKING, Any

from opentelemetry import metrics, trace

from mcp_foundry import __version__
from mcp_foundry.telemetry import names
from mcp_foundry.telemetry.measures import Measures
from mcp_foundry.telemetry.quiet import Once

if TYPE_CHECKING:
    from mcp_foundry.settings.telemetry import Telemetry

logger = logging.getLogger(__name__)

_NEEDED = ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http")
_REMEDY = "pip install 'mcp-foundry[telemetry]'"


def provide(telemetry: Telemetry) -> Measures | None:
    """Begin to export what is asked for; what cannot be is a line of the log, and never a failure.

    Returns:
        What is measured; None where nobody would be told of it.
    """
    try:
        _export(telemetry)
        # On a provider that is there, or that comes: until then they cost next to nothing.
        sdk = "opentelemetry.sdk" in sys.modules
        return Measures(metrics.get_meter(names.TRACER, __version__)) if sdk else None
    except Exception as wrong:  # noqa: BLE001 - of another major of the SDK, whatever it raises
        logger.warning("Telemetry: %s", explained(wrong))
        return None


def _export(telemetry: Telemetry) -> None:
    traces = telemetry.traces
    if not isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
        # Who set that one up knows what else the variables say.
        if telemetry.complaint or not telemetry.metrics:
            return
        traces = ""
    if telemetry.complaint:
        logger.warning("Telemetry: %s.", telemetry.complaint)
    measured = telemetry.metrics if _is_nobodys(metrics.get_meter_provider()) else ""
    if not (traces or measured):
        return
    failed = Once(
        f"Telemetry: {telemetry.collector} does not take what is told. Nothing else waits for it, "
        "and this is said once; `mcp-foundry check` says why."
    )
    try:
        _begin(traces, measured, telemetry)
    finally:
        failed.arm()


def explained(wrong: Exception) -> str:
    """Return why the SDK could not be set up, without what variables hold."""
    if isinstance(wrong, ImportError):
        missing = isinstance(wrong, ModuleNotFoundError) and any(
            needed == wrong.name or needed.startswith(f"{wrong.name}.") for needed in _NEEDED
        )
        if missing:
            return f"what sends it is not installed: {_REMEDY}."
        return f"the SDK of OpenTelemetry that is installed is another one ({wrong}): {_REMEDY}."
    named = ", ".join(dict.fromkeys(re.findall(r"OTEL_\w+", str(wrong))))
    reason = f"correct {named}" if named else f"{type(wrong).__name__}; {_REMEDY} for one that fits"
    return f"the SDK of OpenTelemetry cannot be set up: {reason}."


def _begin(traces: str, measured: str, telemetry: Telemetry) -> None:
    from opentelemetry.sdk.resources import OTELResourceDetector, Resource

    # Of those given in code `create` would take ours.
    said = OTELResourceDetector().detect().attributes
    ours = {"service.name": "mcp-foundry", "service.version": __version__}
    resource = Resource.create({name: ours[name] for name in ours if name not in said})
    if traces:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        tracers = TracerProvider(resource=resource, shutdown_on_exit=False)
        processor = BatchSpanProcessor(
            OTLPSpanExporter(traces),
            max_queue_size=telemetry.queue,
            schedule_delay_millis=telemetry.delay,
            max_export_batch_size=telemetry.batch,
        )
        tracers.add_span_processor(processor)
        trace.set_tracer_provider(tracers)
    if measured:
        from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
        from opentelemetry.sdk.metrics import MeterProvider
        from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader

        reader = PeriodicExportingMetricReader(
            OTLPMetricExporter(measured), export_interval_millis=telemetry.interval
        )
        metrics.set_meter_provider(MeterProvider([reader], resource, shutdown_on_exit=False))


def _is_nobodys(provider: Any) -> bool:  # noqa: ANN401 - any implementation's
    """Return whether a provider is the API's stand-in for one, which has no public name."""
    stands_in = type(provider).__module__.startswith("opentelemetry.metrics")
    return stands_in and not isinstance(provider, metrics.NoOpMeterProvider)
