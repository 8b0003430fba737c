"""The end of what is told: what was recorded reaches the collector, or the second is over."""

from __future__ import annotations

import sys
import threading
from contextlib import suppress
from time import monotonic
from typing import Any

LONGEST = 1.0
"""Seconds that it may take: the process ends within five, whoever listens."""


def flush() -> None:
    """Send what was recorded, by whoever set it up; waits `LONGEST` at most, and never raises."""
    if "opentelemetry.sdk" not in sys.modules:
        return
    from opentelemetry import metrics, trace

    def send(provider: Any) -> None:  # noqa: ANN401 - the API's has no such method, the SDK's has
        with suppress(Exception):
            provider.force_flush(int(LONGEST * 1000))

    ends = monotonic() + LONGEST
    senders = [
        threading.Thread(target=send, args=(provider,), daemon=True)
        for provider in (trace.get_tracer_provider(), metrics.get_meter_provider())
    ]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join(max(0, ends - monotonic()))
