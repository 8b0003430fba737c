"""What makes the service's trace one with the caller's: the headers of W3C Trace Context.

They go out with telemetry off, too: a host sends its trace in `_meta`, the SDK of MCP makes it the
current context, and each run's task has that of its call.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from opentelemetry import trace
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

if TYPE_CHECKING:
    from collections.abc import MutableMapping

# Baggage, of which the global propagator would tell too, may hold what a host knows of its user.
_TRACE_CONTEXT = TraceContextTextMapPropagator()
_PARENT = "traceparent"
_STATE = "tracestate"
# What everybody has to pass on (W3C Trace Context, 3.3.1.5). A host's may be longer than the lines
# that a server reads.
_LONGEST_STATE = 512
_MOST_MEMBERS = 32
# What the API takes for a member (W3C Trace Context, 3.3.1.3): of others it logs the text.
_KEY = r"[a-z][a-z0-9_*/-]{0,255}|[a-z0-9][a-z0-9_*/-]{0,240}@[a-z][a-z0-9_*/-]{0,13}"
_MEMBER = re.compile(rf" *(({_KEY})=[ -+\--<>-~]{{0,255}}[!-+\--<>-~])? *")


def admit(meta: MutableMapping[str, Any]) -> None:
    """Leave in a request's `_meta` what may become the current context, and take the rest out.

    The API fails over what is no text, and quotes in the log what it cannot read of baggage or of a
    state, which may hold what a host knows of its user.
    """
    meta.pop("baggage", None)
    for name in (_PARENT, _STATE):
        text = meta.pop(name, None)
        if isinstance(text, str) and text.isascii() and text.isprintable():
            # The rest of a longer one is not looked at.
            meta[name] = text[: _LONGEST_STATE + 1]
    state = _shortened(meta.pop(_STATE, ""))
    if state and all(map(_MEMBER.fullmatch, state.split(","))):
        meta[_STATE] = state


def join(headers: MutableMapping[str, str]) -> None:
    """Put the current trace into the headers of a request, if there is any and none in them."""
    if not trace.get_current_span().get_span_context().is_valid or _PARENT in headers:
        return
    carrier: dict[str, str] = {}
    _TRACE_CONTEXT.inject(carrier)
    if state := _shortened(carrier.pop(_STATE, "")):
        carrier[_STATE] = state
    headers.update(carrier)


def _shortened(state: str) -> str:
    """Return as many of a state's members, the newest first, as everybody passes on."""
    kept: list[str] = []
    for member in state.split(",")[:_MOST_MEMBERS]:
        if len(",".join([*kept, member])) > _LONGEST_STATE:
            break
        kept.append(member)
    return ",".join(kept)
