"""Where spans and measures go: to the collector that the standard variables name.

What was set up before by others wins: an embedding program, or `opentelemetry-instrument`.
"""

from __future__ import annotations

import logging
from importlib.util import find_spec
from typing import TYPE_CHECKING

from opentelemetry import metrics, trace

from mcp_foundry import __version__

if TYPE_CHECKING:
    from mcp_foundry.settings.telemetry import Telemetry

logger = logging.getLogger(__name__)
_MILLISECONDS = 1000


def provide(telemetry: Telemetry) -> None:
    """Begin to export what is asked for; what cannot be is a line of the log."""
    if telemetry.complaint:
        logger.warning("Telemetry: %s", telemetry.complaint)
    if not telemetry.exports:
        return
    if find_spec("opentelemetry.sdk") is None or find_spec("opentelemetry.exporter.otlp") is None:
        logger.warning(
            "Telemetry: the variables of OpenTelemetry ask for it, and the extra is missing: "
            "install mcp-foundry[telemetry]."
        )
        return
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    resource = Resource.create({"service.name": "mcp-foundry", "service.version": __version__})
    if telemetry.traces and isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
        tracers = TracerProvider(resource=resource, shutdown_on_exit=False)
        tracers.add_span_processor(
            BatchSpanProcessor(OTLPSpanExporter(), schedule_delay_millis=_MILLISECONDS)
        )
        trace.set_tracer_provider(tracers)
    if telemetry.metrics:
        reader = PeriodicExportingMetricReader(OTLPMetricExporter())
        metrics.set_meter_provider(MeterProvider([reader], resource, shutdown_on_exit=False))
