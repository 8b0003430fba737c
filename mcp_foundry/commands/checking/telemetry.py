"""Whether what is told of this program gets where the variables of OpenTelemetry say."""

from __future__ import annotations

import logging
import os
from functools import partial
from typing import TYPE_CHECKING

import anyio

from mcp_foundry.commands.checking.line import Line
from mcp_foundry.telemetry.providers import explained

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from mcp_foundry.settings.telemetry import Telemetry

_LONGEST = 3.0
"""Seconds that a collector has to answer."""

_OURS = "OTEL_"
_ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
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
    problem = "it did not answer in time"
    with anyio.move_on_after(_LONGEST):
        work = partial(_tell_nothing, telemetry)
        problem = await anyio.to_thread.run_sync(work, abandon_on_cancel=True)
    signals = " and ".join(s for s in ("traces", "metrics") if getattr(telemetry, s))
    if problem:
        told = f"{signals} are for {telemetry.collector}: {problem}"
        yield Line("FAIL", "telemetry", told)
    else:
        yield Line("ok", "telemetry", f"{signals} to {telemetry.collector}, which takes them")


def _tell_nothing(telemetry: Telemetry) -> str:
    """Return what is wrong; empty where the collector took it."""
    log = logging.getLogger("opentelemetry")
    level = log.level
    log.setLevel(logging.CRITICAL + 1)  # it may name headers and URLs
    try:
        import requests
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        heard: list[requests.Response] = []

        def hear(answer: requests.Response, **_: object) -> None:
            heard.append(answer)

        with requests.Session() as session:
            session.hooks["response"].append(hear)
            # Of either kind nothing is the same, no bytes.
            exporter = OTLPSpanExporter(
                telemetry.traces or telemetry.metrics, timeout=_LONGEST, session=session
            )
            exporter.export([])
    except Exception as wrong:  # noqa: BLE001 - of another major of the SDK, whatever it raises
        return explained(wrong)
    finally:
        log.setLevel(level)
    if not heard:
        return "nobody answers there. Is the collector up, and its address right?"
    if not heard[-1].ok:
        code = heard[-1].status_code
        return (
            f"it answers {code}. Correct OTEL_EXPORTER_OTLP_ENDPOINT or OTEL_EXPORTER_OTLP_HEADERS."
        )
    return ""
