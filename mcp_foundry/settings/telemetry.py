"""What the standard variables of OpenTelemetry say, as far as this program decides by them.

The rest (endpoints, headers, sampling, names of the service) the SDK reads by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
_EXPORTER = "otlp"
_PROTOCOL = "http/protobuf"
_SIGNALS = ("TRACES", "METRICS")
_CONTENT = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
_JOINS = "AZURE_TRACING_GEN_AI_ENABLE_TRACE_CONTEXT_PROPAGATION"
# What newer instrumentations take for it, where content goes into spans.
_IN_SPANS = frozenset({"true", "1", "span_only", "span_and_event"})


@dataclass(frozen=True)
class Telemetry:
    """What is told of this program, and to whom.

    Attributes:
        traces: Whether spans are to be exported by this program itself.
        metrics: Whether measures are.
        content: Whether prompts and answers may stand in spans.
        joins: Whether the service is told to which trace a request belongs.
        complaint: What was asked for and cannot be done, in a line; empty where nothing was.
    """

    traces: bool = False
    metrics: bool = False
    content: bool = False
    joins: bool = True
    complaint: str = ""

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Telemetry:
        """Return what the variables say; nothing in them is an error."""

        def said(name: str) -> str:
            return environment.get(name, "").strip().lower()

        content, joins = said(_CONTENT) in _IN_SPANS, said(_JOINS) not in {"false", "0"}
        if said("OTEL_SDK_DISABLED") == "true":
            return cls(content=content, joins=joins)
        wanted: dict[str, bool] = {}
        complaints: list[str] = []
        for signal in _SIGNALS:
            exporter = said(f"OTEL_{signal}_EXPORTER")
            place = f"OTEL_EXPORTER_OTLP_{signal}_"
            asked = exporter or (said(_ENDPOINT) or (said(f"{place}ENDPOINT") and _EXPORTER))
            wanted[signal] = bool(asked) and exporter in {"", _EXPORTER}
            if exporter not in {"", "none", _EXPORTER}:
                complaints.append(
                    f"OTEL_{signal}_EXPORTER={exporter}: this program exports by {_EXPORTER} or "
                    "not at all (none)"
                )
            protocol = said(f"{place}PROTOCOL") or said("OTEL_EXPORTER_OTLP_PROTOCOL")
            if wanted[signal] and protocol not in {"", _PROTOCOL}:
                wanted[signal] = False
                complaints.append(f"OTEL_EXPORTER_OTLP_PROTOCOL={protocol}: it is {_PROTOCOL} here")
        return cls(
            wanted["TRACES"],
            wanted["METRICS"],
            content,
            joins,
            "; ".join(dict.fromkeys(complaints)),
        )

    @property
    def wanted(self) -> bool:
        """Whether anything was asked for, be it that it cannot be done."""
        return self.exports or bool(self.complaint)

    @property
    def exports(self) -> bool:
        """Whether this program is to export anything by itself."""
        return self.traces or self.metrics
