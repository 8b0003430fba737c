"""Whether what is told of this program gets where the variables of OpenTelemetry say."""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

import anyio

from mcp_foundry.commands.checking.line import Line
from mcp_foundry.telemetry.providers import explained

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from mcp_foundry.settings.telemetry import Telemetry

_LONGEST = 4.0
"""Seconds that a collector has to answer, with the import of what asks it."""
_TRIES = 2.0
"""Seconds in which it is tried again where nobody answers."""

_OURS = "OTEL_"
_ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
_REFUSALS = 400
_REFUSED = "it answers {}. Correct OTEL_EXPORTER_OTLP_ENDPOINT or OTEL_EXPORTER_OTLP_HEADERS."
_SWITCHED = "as OTEL_SDK_DISABLED, or OTEL_TRACES_EXPORTER and OTEL_METRICS_EXPORTER, say"


async def look_at_telemetry(telemetry: Telemetry) -> AsyncIterator[Line]:
    """Tell the collector nothing, as the SDK would tell it something.

    Yields nothing where nobody asks for telemetry.
    """
    if telemetry.complaint:
        yield Line("FAIL", "telemetry", f"{telemetry.complaint}.")
        return
    if not telemetry.exports:
        if any(name.startswith(_OURS) for name in os.environ):
            named = os.environ.get(_ENDPOINT)
            why = _SWITCHED if named else f"for no endpoint is set ({_ENDPOINT})"
            yield Line("ok", "telemetry", f"off, {why}")
        return
    codes: list[int] = []
    problem = "it did not answer in time"
    with anyio.move_on_after(_LONGEST):
        work = partial(_tell_nothing, telemetry, codes)
        problem = await anyio.to_thread.run_sync(work, abandon_on_cancel=True)
    if codes:
        # Also where the SDK, as older ones do, goes on to try again.
        problem = _REFUSED.format(codes[-1]) if codes[-1] >= _REFUSALS else ""
    signals = " and ".join(s for s in ("traces", "metrics") if getattr(telemetry, s))
    if problem:
        told = f"{signals} are for {telemetry.collector}: {problem}"
        yield Line("FAIL", "telemetry", told)
    else:
        yield Line("ok", "telemetry", f"{signals} to {telemetry.collector}, which takes them")


def _tell_nothing(telemetry: Telemetry, codes: list[int]) -> str:
    """Put what is answered into `codes`; return what is wrong where nothing was."""
    log = logging.getLogger("opentelemetry")
    level = log.level
    log.setLevel(logging.CRITICAL + 1)  # it may name headers and URLs
    try:
        import requests
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        def hear(answer: requests.Response, **_: object) -> None:
            codes.append(answer.status_code)

        with requests.Session() as session:
            session.hooks["response"].append(hear)
            # Of either kind nothing is the same, no bytes.
            exporter = OTLPSpanExporter(
                telemetry.traces or telemetry.metrics, timeout=_TRIES, session=session
            )
            with suppress(OSError):  # older ones let it through, as newer ones do not
                exporter.export([])
    except Exception as wrong:  # noqa: BLE001 - of another major of the SDK, whatever it raises
        return explained(wrong)
    finally:
        log.setLevel(level)
    return "nobody answers there in time. Is the collector up, and its address right?"
