"""What is told of each call outside: its span completed, its duration, and a line for auditors."""

from __future__ import annotations

import json
import logging
from time import perf_counter
from typing import TYPE_CHECKING, Any

from opentelemetry import trace

from mcp_foundry.contract.json import object_in, text_in
from mcp_foundry.telemetry import names
from mcp_foundry.telemetry.joining import admit

if TYPE_CHECKING:
    from mcp.server.context import CallNext, HandlerResult, ServerRequestContext

    from mcp_foundry.project.session import FoundrySession

audit = logging.getLogger("mcp_foundry.audit")


async def wait_for_telemetry(
    ctx: ServerRequestContext[FoundrySession, Any], call_next: CallNext
) -> HandlerResult:
    """Let the first call wait until it is recorded: outside of the span, which would be none."""
    if ctx.meta:
        admit(ctx.meta)
    if ctx.method == "tools/call":
        await ctx.lifespan_context.observe()
    return await call_next(ctx)


async def observe(
    ctx: ServerRequestContext[FoundrySession, Any], call_next: CallNext
) -> HandlerResult:
    """Answer the request, and tell of it what the SDK's span lacks."""
    if ctx.method != "tools/call":
        return await call_next(ctx)
    began = perf_counter()
    result: Any = await call_next(ctx)
    seconds = perf_counter() - began
    told = object_in(object_in(result).get("structuredContent"))
    error = object_in(told.get("error"))
    facts = {
        "tool": text_in((ctx.params or {}).get("name")),
        "agent": text_in(told.get("agent")),
        "status": text_in(told.get("status")),
        "code": text_in(error.get("code")),
        "seconds": round(seconds, 3),
        "conversation_id": text_in(told.get("conversation_id")),
        "answer_id": text_in(told.get("answer_id")),
    }
    audit.info("%s", json.dumps({name: fact for name, fact in facts.items() if fact}))
    span = trace.get_current_span()
    if span.is_recording():
        span.set_attribute(names.TRANSPORT, "pipe")
    if measures := ctx.lifespan_context.observer.measures:
        measures.called(seconds, {names.METHOD: ctx.method})
    return result
