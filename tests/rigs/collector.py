"""A collector of OpenTelemetry on loopback: what it is told, by OTLP over HTTP in protobuf."""

from __future__ import annotations

import gzip
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from anyio import to_thread
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

PATIENCE = 30
"""Seconds after which a test gives up on what should have been told, far more than it takes."""


@dataclass(frozen=True)
class Span:
    """One span, as it was told; times in nanoseconds since 1970, ids in hexadecimal.

    Attributes:
        when: The time of each event.
    """

    name: str
    scope: str
    kind: int
    trace_id: str
    span_id: str
    parent_id: str
    began: int
    ended: int
    status: int
    description: str
    attributes: Mapping[str, Any]
    events: Mapping[str, Mapping[str, Any]]
    when: Mapping[str, int]
    links: tuple[str, ...]
    resource: Mapping[str, Any]


@dataclass(frozen=True)
class Point:
    """One measured point: its value is a sum, or for a histogram the sum of what it counted."""

    name: str
    unit: str
    attributes: Mapping[str, Any]
    value: float
    count: int


@dataclass
class Collector:
    """What was told so far, and how it is answered.

    Attributes:
        port: Where it listens.
        bodies: All that came, as bytes, uncompressed.
        headers: Of each request.
        status: What requests are answered with.
        held: Set for as long as requests are answered; cleared, they wait.
    """

    port: int = 0
    status: int = 200
    bodies: list[bytes] = field(default_factory=list[bytes])
    headers: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    spans: list[Span] = field(default_factory=list[Span])
    points: list[Point] = field(default_factory=list[Point])
    held: threading.Event = field(default_factory=threading.Event)
    news: threading.Condition = field(default_factory=threading.Condition)

    @property
    def environment(self) -> dict[str, str]:
        """The variables that name it."""
        return {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{self.port}"}

    async def span(self, name: str) -> Span:
        """Wait for a span whose name begins so, and return the first."""

        def there() -> bool:
            return any(span.name.startswith(name) for span in self.spans)

        await self.wait_for(there)
        return next(span for span in self.spans if span.name.startswith(name))

    async def wait_for(self, told: Callable[[], bool]) -> None:
        """Wait until something was told, while the test's loop goes on."""
        await to_thread.run_sync(self._wait_for, told)

    def _wait_for(self, told: Callable[[], bool]) -> None:
        with self.news:
            assert self.news.wait_for(told, PATIENCE), [span.name for span in self.spans]

    def take(self, path: str, headers: dict[str, str], body: bytes) -> None:
        """Take what a program told."""
        spans, points = list[Span](), list[Point]()
        if path.endswith("/v1/traces"):
            spans = _spans(body)
        elif path.endswith("/v1/metrics"):
            points = _points(body)
        with self.news:
            self.bodies.append(body)
            self.headers.append(headers)
            self.spans += spans
            self.points += points
            self.news.notify_all()


@contextmanager
def collector(status: int = 200) -> Generator[Collector]:
    """A collector, on a port that the system picks."""
    told = Collector(status=status)
    told.held.set()

    class _Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers["Content-Encoding"] == "gzip":
                body = gzip.decompress(body)
            told.take(self.path, dict(self.headers), body)
            told.held.wait(PATIENCE)
            self.send_response(told.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.daemon_threads = True
        told.port = server.server_port
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield told
        finally:
            told.held.set()
            server.shutdown()


def _spans(body: bytes) -> list[Span]:
    return [
        Span(
            name=span.name,
            scope=scope.scope.name,
            kind=span.kind,
            trace_id=span.trace_id.hex(),
            span_id=span.span_id.hex(),
            parent_id=span.parent_span_id.hex(),
            began=span.start_time_unix_nano,
            ended=span.end_time_unix_nano,
            status=span.status.code,
            description=span.status.message,
            attributes=_attributes(span.attributes),
            events={event.name: _attributes(event.attributes) for event in span.events},
            when={event.name: event.time_unix_nano for event in span.events},
            links=tuple(link.span_id.hex() for link in span.links),
            resource=_attributes(resource.resource.attributes),
        )
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


def _points(body: bytes) -> list[Point]:
    return [
        Point(metric.name, metric.unit, _attributes(point.attributes), *_measured(point))
        for resource in ExportMetricsServiceRequest.FromString(body).resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
        for point in getattr(metric, metric.WhichOneof("data") or "sum").data_points
    ]


def _measured(point: Any) -> tuple[float, int]:  # noqa: ANN401 - of either kind
    if hasattr(point, "bucket_counts"):
        return point.sum, point.count
    return float(point.as_int or point.as_double), 1


def _attributes(pairs: Any) -> dict[str, Any]:  # noqa: ANN401 - protobuf's own list
    return {pair.key: _value(pair.value) for pair in pairs}


def _value(value: Any) -> Any:  # noqa: ANN401 - protobuf's own
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_value(each) for each in value.array_value.values]
    return getattr(value, kind) if kind else None
