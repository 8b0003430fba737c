"""The line that an auditor reads of each call and reading: of whom, its end, its cost; no words.

What a caller says is told only where it may be a name or an id: whoever calls chooses it, may put
a person's words there, and must neither end the line nor fill the log.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS
from opentelemetry import trace
from pydantic import ValidationError

from mcp_foundry.contract.files import SCHEME
from mcp_foundry.contract.json import count_in, object_in, text_in
from mcp_foundry.telemetry.callers import shown

if TYPE_CHECKING:
    from mcp.server.context import ServerRequestContext
    from opentelemetry.trace import Span

    from mcp_foundry.contract.json import Json
    from mcp_foundry.project.session import FoundrySession

audit = logging.getLogger("mcp_foundry.audit")


class Ended:
    """How a request ended: until it is known, it was cancelled, by its caller or by our end."""

    def __init__(self) -> None:
        self.status = "cancelled"
        self.code = ""
        self.told: Json = {}

    def answered(self, result: Json) -> None:
        """Note a result, which may tell of a failure."""
        self.told = object_in(result.get("structuredContent"))
        self.code = text_in(object_in(self.told.get("error")).get("code"))
        if result.get("isError") is True:
            self.status, self.code = "failed", self.code or "internal"
        elif result.get("resultType") == "input_required":
            self.status = "input_required"
        else:
            self.status = text_in(self.told.get("status")) or "completed"

    def failed(self, failure: Exception) -> None:
        """Note what is no result: a refusal by the protocol, or a fault of ours."""
        self.status = "failed"
        if isinstance(failure, MCPError):
            self.code = str(failure.code)
        else:
            self.code = str(INVALID_PARAMS) if isinstance(failure, ValidationError) else "internal"


def trace_id_of(span: Span) -> str:
    """Return under which trace a call is found; empty where it is in none."""
    here = span.get_span_context()
    return trace.format_trace_id(here.trace_id) if here.is_valid else ""


def place_of(uri: str) -> str:
    """Return what may be told of a resource's address: a file's name is in somebody's words."""
    return uri.rpartition("/")[0] if uri.startswith(SCHEME) else uri


def write_line(
    ctx: ServerRequestContext[FoundrySession, Any], ended: Ended, seconds: float, trace_id: str
) -> None:
    """Write the line of one request.

    Args:
        ctx: What was asked for, and by whom.
        ended: How it ended.
        seconds: How long it took.
        trace_id: See `trace_id_of`.
    """
    told, caller = ended.told, ctx.lifespan_context.caller
    called = ctx.params or {}
    given = object_in(called.get("arguments"))
    usage = object_in(told.get("usage"))

    def of(*fields: str) -> str:
        """Return what the tool said of the first of these; where it failed, what it was told."""
        return next(
            (shown(from_[f]) for from_ in (told, given) for f in fields if from_.get(f)), ""
        )

    facts: Json = {
        "tid": caller and caller.tenant,
        "oid": caller and caller.object_id,
        "azp": caller and caller.client,
        "method": ctx.method,
        "tool": shown(called.get("name")),
        "uri": shown(place_of(text_in(called.get("uri") or given.get("uri")))),
        "agent": of("agent", "agent_name"),
        "status": ended.status,
        "code": ended.code,
        "seconds": round(seconds, 3),
        "input_tokens": usage.get("input_tokens"),
        "output_tokens": usage.get("output_tokens"),
        "requests": sum(count_in(told.get(part)) or 0 for part in _PARTS) or None,
        "conversation_id": of("conversation_id"),
        "answer_id": of("answer_id", "batch_id"),
        "trace_id": trace_id,
    }
    facts = {name: fact for name, fact in facts.items() if fact not in {None, ""}}
    line = " ".join(f"{name}={fact}" for name, fact in facts.items())
    audit.info("%s", line, extra={"facts": facts})


# How many requests of a batch are in which state.
_PARTS = ("completed", "failed", "unfinished")
