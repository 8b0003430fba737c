"""What is told of each call outside: its span completed, its duration, and a line for auditors."""

from __future__ import annotations

import logging
from time import perf_counter
from typing import TYPE_CHECKING, Any

from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR
from mcp_types.methods import SPEC_CLIENT_METHODS, SPEC_CLIENT_NOTIFICATION_METHODS
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from opentelemetry import trace
from pydantic import ValidationError

from mcp_foundry.contract.binding import without_proof
from mcp_foundry.contract.identifiers import chain_of, is_classic
from mcp_foundry.contract.json import object_in, text_in
from mcp_foundry.server.auditing import Ended, audit, place_of, trace_id_of, write_line
from mcp_foundry.telemetry import names
from mcp_foundry.telemetry.callers import shown
from mcp_foundry.telemetry.events import fail
from mcp_foundry.telemetry.joining import admit

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp.server.context import (
        CallNext,
        HandlerResult,
        ServerMiddleware,
        ServerRequestContext,
    )
    from opentelemetry.trace import Span

    from mcp_foundry.project.session import FoundrySession

CALL = "tools/call"
READ = "resources/read"
_FAILED = "isError"
_METHODS = SPEC_CLIENT_METHODS | SPEC_CLIENT_NOTIFICATION_METHODS


class Observing:
    """Two middlewares, around the one in which the SDK makes its span, and at once within it.

    Args:
        middleware: Of the server, outermost first, which the SDK's own begins.
        schema_of: Returns what a tool takes; None where there is no such tool.

    Attributes:
        transport: What carries requests that came by no HTTP: `pipe` where the server was given
            its process's stdin; nothing where its client is in the same process.
    """

    def __init__(
        self,
        middleware: list[ServerMiddleware[Any]],
        schema_of: Callable[[str], object | None],
    ) -> None:
        self.transport = ""
        self._schema_of = schema_of
        middleware[:1] = [self._outside, *middleware[:1], self._inside]

    async def _outside(
        self, ctx: ServerRequestContext[FoundrySession, Any], call_next: CallNext
    ) -> HandlerResult:
        """Let the first call wait until it is recorded: within the span there would be none."""
        if ctx.meta:
            admit(ctx.meta)
        if ctx.method == CALL:
            await ctx.lifespan_context.observe()
        try:
            result: Any = await call_next(ctx)
        except _UntoldError as failure:
            kept = failure.kept
        else:
            return {**result, _FAILED: True} if object_in(result).get(_FAILED) else result
        raise kept

    async def _inside(
        self, ctx: ServerRequestContext[FoundrySession, Any], call_next: CallNext
    ) -> HandlerResult:
        span, measures = trace.get_current_span(), ctx.lifespan_context.observer.measures
        recording = span.is_recording()
        audited = ctx.method in {CALL, READ} and audit.isEnabledFor(logging.INFO)
        if recording:
            self._begin(span, ctx)
        if ctx.request_id is None or not (recording or measures or audited):
            return await call_next(ctx)
        ended, began = Ended(), perf_counter()
        try:
            result = await call_next(ctx)
            ended.answered(object_in(result))
            if recording and ended.status == "failed":
                # As true to a reader, and not to the SDK, which would name each failure alike.
                result = {**object_in(result), _FAILED: 1}
        except Exception as failure:
            ended.failed(failure)
            if recording and not isinstance(failure, ValidationError):
                raise _UntoldError(failure) from None
            raise
        finally:
            seconds = perf_counter() - began
            if recording:
                self._complete(span, ctx, ended)
            if measures:
                measures.called(seconds, self._measured(ctx, ended))
            if audited:
                write_line(ctx, ended, seconds, trace_id_of(span))
        return result

    def _begin(self, span: Span, ctx: ServerRequestContext[FoundrySession, Any]) -> None:
        """Tell how a message came, and take out what its sender may have made up."""
        if transport := self._transport_of(ctx):
            span.set_attribute(names.TRANSPORT, transport)
        if ctx.request is not None and ctx.protocol_version not in MODERN_PROTOCOL_VERSIONS:
            # Of a session that there is: the SDK refuses others. The later era has none.
            span.set_attribute(names.SESSION, shown(ctx.request.headers.get("mcp-session-id")))
        if isinstance(ctx.request_id, str):
            span.set_attribute(names.REQUEST, shown(ctx.request_id))
        if ctx.method not in _METHODS:
            span.set_attribute(names.METHOD, names.OTHER)
            span.update_name(names.OTHER)
        elif ctx.method == CALL and not self._tool_of(ctx):
            # An agent's own tool may come with this very call; `_complete` names it then.
            span.set_attribute(names.TOOL, names.OTHER)
            span.update_name(ctx.method)

    def _complete(
        self, span: Span, ctx: ServerRequestContext[FoundrySession, Any], ended: Ended
    ) -> None:
        params, told = ctx.params or {}, ended.told
        if ctx.method == CALL:
            if tool := self._tool_of(ctx):
                span.set_attribute(names.TOOL, tool)
                span.update_name(f"{ctx.method} {tool}")
            agent = text_in(told.get("agent"))
            facts = {
                names.AGENT_ID if is_classic(agent) else names.AGENT_NAME: agent.partition(":")[0],
                names.CONVERSATION: chain_of(without_proof(text_in(told.get("conversation_id")))),
                names.RESPONSE: without_proof(text_in(told.get("answer_id"))).rpartition("/")[2],
                names.OUTCOME: ended.status,
            }
            span.set_attributes({name: fact for name, fact in facts.items() if fact})
            if ended.code:
                fail(span, ended.code)
        elif ctx.method == "prompts/get" and ended.code:
            # Perhaps there is none of that name.
            span.set_attribute(names.PROMPT, names.OTHER)
            span.update_name(ctx.method)
        elif ctx.method == READ and not ended.code:
            # What is there was not made up.
            span.set_attribute(names.RESOURCE, place_of(text_in(params.get("uri"))))

    def _measured(
        self, ctx: ServerRequestContext[FoundrySession, Any], ended: Ended
    ) -> dict[str, str]:
        known = {
            names.METHOD: ctx.method if ctx.method in _METHODS else names.OTHER,
            names.TRANSPORT: self._transport_of(ctx),
            names.TOOL: self._tool_of(ctx) if ctx.method == CALL else "",
            names.ERROR: ended.code,
        }
        return {name: fact for name, fact in known.items() if fact}

    def _transport_of(self, ctx: ServerRequestContext[FoundrySession, Any]) -> str:
        return self.transport if ctx.request is None else "tcp"

    def _tool_of(self, ctx: ServerRequestContext[FoundrySession, Any]) -> str:
        """Return the tool that is called; nothing where there is none of that name."""
        name = text_in((ctx.params or {}).get("name"))
        return "" if self._schema_of(name) is None else name


class _UntoldError(MCPError):
    """A failure on its way through the SDK's span, which would tell its words to everybody.

    They quote what was asked for. The client gets the one that is kept.
    """

    def __init__(self, kept: Exception) -> None:
        super().__init__(kept.code if isinstance(kept, MCPError) else INTERNAL_ERROR, "")
        self.kept = kept
