"""What the standard variables of OpenTelemetry say, as far as this program decides by them.

What they say wrongly is told in a line, and a default taken, or that signal left out: whoever asks
an agent is not to fail for it. Values that may hold a credential stand in no line. The rest (what
headers hold, certificates, compression, names of the service) the SDK reads by itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
_LOCAL = "http://localhost:4318"
_EXPORTER = "otlp"
_PROTOCOL = "http/protobuf"
_SIGNALS = ("traces", "metrics")
_CONTENT = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
_JOINS = "AZURE_TRACING_GEN_AI_ENABLE_TRACE_CONTEXT_PROPAGATION"
# What newer instrumentations take for it, where content goes into spans.
_IN_SPANS = frozenset({"true", "1", "span_only", "span_and_event"})
_SAMPLER = "OTEL_TRACES_SAMPLER"
_SAMPLERS = frozenset(
    {"", "always_on", "always_off", "traceidratio"}
    | {"parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio"}
)
_NUMBERS = {
    "delay": ("OTEL_BSP_SCHEDULE_DELAY", "ms"),
    "queue": ("OTEL_BSP_MAX_QUEUE_SIZE", "spans"),
    "batch": ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "spans"),
    "interval": ("OTEL_METRIC_EXPORT_INTERVAL", "ms"),
}
# More milliseconds than that no system's clock waits for.
_MOST = 2**31 - 1
_HEADERS = "OTEL_EXPORTER_OTLP_HEADERS"
_HEADER = re.compile(r"\s*[!#$%&'*+.^_`|~\w-]+\s*=[ !#-:<-\[\]-~]*", re.ASCII)
_FIT_TO_BE_SHOWN = re.compile(r"[\w/,. +-]{1,40}", re.ASCII)


@dataclass(frozen=True)
class Telemetry:
    """What is told of this program, and to whom.

    Attributes:
        traces: The URL that spans are exported to by this program itself; empty for none.
        metrics: The URL that measures are; empty for none.
        content: Whether prompts and answers may stand in spans.
        joins: Whether the service is told to which trace a request belongs.
        complaint: What was asked for and cannot be done, in a line; empty where nothing was.
        delay: Milliseconds that a span waits for others, to be sent with them.
        queue: Spans that wait at most, of a collector that does not take them.
        batch: Spans that are sent at once.
        interval: Milliseconds between two reports of what was measured.
    """

    traces: str = field(default="", repr=False)  # may hold a credential
    metrics: str = field(default="", repr=False)
    content: bool = False
    joins: bool = True
    complaint: str = ""
    delay: int = 1000
    queue: int = 2048
    batch: int = 512
    interval: int = 60_000

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Telemetry:
        """Return what the variables say; nothing in them is an error."""

        def said(name: str) -> str:
            return environment.get(name, "").strip()

        known: dict[str, Any] = {
            "content": said(_CONTENT).lower() in _IN_SPANS,
            "joins": said(_JOINS).lower() not in {"false", "0"},
        }
        if said("OTEL_SDK_DISABLED").lower() == "true":
            return cls(**known)
        complaints: list[str] = []
        for signal in _SIGNALS:
            known[signal] = _place_of(signal.upper(), said, complaints)
        if any(known[signal] for signal in _SIGNALS):
            known |= _numbers(said, complaints)
            known["traces"] = _sampled(known["traces"], said, complaints)
        return cls(**known, complaint="; ".join(dict.fromkeys(complaints)))

    @property
    def wanted(self) -> bool:
        """Whether anything was asked for, be it that it cannot be done."""
        return self.exports or bool(self.complaint)

    @property
    def exports(self) -> bool:
        """Whether this program is to export anything by itself."""
        return bool(self.traces or self.metrics)

    @property
    def collector(self) -> str:
        """Whom it is told, as host and port: paths, queries and names of users may be secret."""
        places = dict.fromkeys(_host(url) for url in (self.traces, self.metrics) if url)
        return " and ".join(places)


def _place_of(signal: str, said: Callable[[str], str], complaints: list[str]) -> str:
    """Return where a signal goes; empty where it was not asked for, or cannot be done."""
    chooses, own = f"OTEL_{signal}_EXPORTER", f"OTEL_EXPORTER_OTLP_{signal}_"
    exporters = [name.strip().lower() for name in said(chooses).split(",") if name.strip()]
    if unknown := ",".join(each for each in exporters if each not in {_EXPORTER, "none"}):
        complaints.append(
            f"{_shown(chooses, unknown)}: this program exports by {_EXPORTER}, or not at all (none)"
        )
    named = f"{own}ENDPOINT" if said(f"{own}ENDPOINT") else _ENDPOINT
    if _EXPORTER not in exporters and (exporters or not said(named)):
        return ""
    speaks = f"{own}PROTOCOL" if said(f"{own}PROTOCOL") else "OTEL_EXPORTER_OTLP_PROTOCOL"
    if (protocol := said(speaks).lower()) not in {"", _PROTOCOL}:
        complaints.append(
            f"{_shown(speaks, protocol)}: it is {_PROTOCOL} here, for which collectors have a port "
            "of its own, 4318 as a rule"
        )
        return ""
    if not _host(said(named) or _LOCAL):
        complaints.append(f"{named} is no URL of a collector, as in {named}={_LOCAL}")
        return ""
    headers = f"{own}HEADERS" if said(f"{own}HEADERS") else _HEADERS
    if not all(_HEADER.fullmatch(each) for each in said(headers).split(",") if each.strip()):
        complaints.append(f"{headers} has a part that is no name=value, and goes without it")
    if named != _ENDPOINT:
        return said(named)
    return f"{(said(named) or _LOCAL).removesuffix('/')}/v1/{signal.lower()}"


def _numbers(said: Callable[[str], str], complaints: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for name, (variable, unit) in _NUMBERS.items():
        text = said(variable)
        if re.fullmatch(r"[0-9]{1,10}", text) and 0 < int(text) <= _MOST:
            found[name] = int(text)
        elif text:
            taken = getattr(Telemetry, name)
            complaints.append(f"{_shown(variable, text)} is no number from 1: {taken} {unit} taken")
    queue = found.get("queue", Telemetry.queue)
    return {**found, "batch": min(found.get("batch", Telemetry.batch), queue)}


def _sampled(traces: str, said: Callable[[str], str], complaints: list[str]) -> str:
    """Return where spans go, which is nowhere if their share makes no sense."""
    sampler, share = said(_SAMPLER).lower(), said(f"{_SAMPLER}_ARG")
    if sampler not in _SAMPLERS:
        complaints.append(f"{_shown(_SAMPLER, sampler)} is no sampler here: all traces are told")
    elif sampler.endswith("ratio") and not _is_share(share or "1"):
        shown = _shown(f"{_SAMPLER}_ARG", share)
        complaints.append(f"{shown} is no share from 0 to 1, as in 0.1: no spans are told")
        return ""
    return traces


def _is_share(text: str) -> bool:
    try:
        return 0 <= float(text) <= 1
    except ValueError:
        return False


def _host(url: str) -> str:
    """Return the host of a URL, and its port if it names one; empty where it is none."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not parts.hostname or " " in parts.netloc:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{host}:{port}" if port else host


def _shown(variable: str, value: str) -> str:
    """Return an assignment for a message, without a value that somebody may have pasted there."""
    return f"{variable}={value}" if _FIT_TO_BE_SHOWN.fullmatch(value) else variable
