"""What is told of the work that is under way, whatever its span is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opentelemetry import trace
from opentelemetry.trace import StatusCode

from mcp_foundry.telemetry import names

if TYPE_CHECKING:
    from opentelemetry.trace import Span, SpanContext

    from mcp_foundry.contract.answers import Usage


def note(event: str, **facts: str | float) -> None:
    """Tell that something happened to the current task's span; nothing where it has none."""
    span = trace.get_current_span()
    if span.is_recording():
        span.add_event(event, facts)


def named(answer_id: str) -> None:
    """Tell what the service calls the current task's run, which its log lines then tell as well."""
    trace.get_current_span().set_attribute(names.RESPONSE, answer_id.rpartition("/")[2])


def here() -> SpanContext:
    """Return which span is the current task's, for others to lead to."""
    return trace.get_current_span().get_span_context()


def link(place: SpanContext) -> None:
    """Let the current task's span lead to another one; nothing where it is that one itself."""
    span = trace.get_current_span()
    if place.is_valid and place.span_id != span.get_span_context().span_id:
        span.add_link(place)


def fail(span: Span, code: str) -> None:
    """Tell that what a span stands for failed; what the service said of it may quote a person."""
    span.set_attribute(names.ERROR, code)
    span.set_status(StatusCode.ERROR, code)


def billed(usage: Usage | None) -> dict[str, int]:
    """Return the tokens that were billed as a span tells them, where that is known."""
    if usage is None:
        return {}
    return {names.INPUT_TOKENS: usage.input_tokens, names.OUTPUT_TOKENS: usage.output_tokens}
