"""What is told of the work that is under way, whatever its span is."""

from __future__ import annotations

from opentelemetry import trace


def note(event: str, **facts: str | float) -> None:
    """Tell that something happened to the current task's span; nothing where it has none."""
    span = trace.get_current_span()
    if span.is_recording():
        span.add_event(event, facts)
