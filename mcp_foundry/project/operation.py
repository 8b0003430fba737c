"""What is told of a request that manages something at the service: a span of its own."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from opentelemetry.trace import SpanKind

from mcp_foundry.service.explain import explain
from mcp_foundry.telemetry import names
from mcp_foundry.telemetry.events import fail

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from opentelemetry.trace import Span

    from mcp_foundry.project.session import FoundrySession


@contextmanager
def operation(
    foundry: FoundrySession, kind: str, name: str, facts: Mapping[str, Any]
) -> Generator[Span]:
    """Yield the span of what is done meanwhile.

    Args:
        foundry: The open project.
        kind: What is done, in the conventions' word.
        name: What that is done to.
        facts: Further attributes.
    """
    known = {names.OPERATION: kind, names.PROVIDER: names.FOUNDRY, **foundry.observer.place_of("")}
    with foundry.observer.tracer.start_as_current_span(
        f"{kind} {name}".rstrip(),
        kind=SpanKind.CLIENT,
        attributes={**known, **facts},
        # It would tell what the service said, which may quote a person.
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        try:
            yield span
        except Exception as failure:
            fail(span, explain(failure, kind).code)
            raise
