"""The spans of the MCP SDK, kept in this process by a provider that no other test meets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mcp.shared._otel
import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.util.types import AttributeValue


class Recorded:
    """What was told so far."""

    def __init__(self, exporter: InMemorySpanExporter) -> None:
        self._exporter = exporter

    def server_span(self, name: str) -> ReadableSpan:
        """The one span of the server of that name; the client's begin with `MCP send`."""
        (span,) = (span for span in self._exporter.get_finished_spans() if span.name == name)
        return span

    def attributes(self, name: str) -> Mapping[str, AttributeValue]:
        """What that span says."""
        return self.server_span(name).attributes or {}

    @property
    def all(self) -> str:
        """All that was told by the server, as text: names, attributes, events, status."""
        spans = self._exporter.get_finished_spans()
        return "\n".join(span.to_json() for span in spans if not span.name.startswith("MCP send"))


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> Recorded:
    """Records; request it before the client, whose server is begun with it."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(mcp.shared._otel, "_tracer", provider.get_tracer("mcp-python-sdk"))  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - a global provider could not be taken back
    return Recorded(exporter)
