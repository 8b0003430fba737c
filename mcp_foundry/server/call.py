"""What a tool is called with; and the request under way, for handlers that the SDK gives none.

Static resources and completions get no `Context`. What they need is kept where each request has
its own: two clients of one process never see each other's session.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

from mcp.server.mcpserver import Context

from mcp_foundry.project.session import FoundrySession

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from mcp.server.context import CallNext, HandlerResult, ServerRequestContext

    from mcp_foundry.contract.caller import Caller
    from mcp_foundry.project.callers import Callers


# `Any`: which transport's request it carries is nobody's business here.
Call: TypeAlias = Context[FoundrySession, Any]


def client_of(ctx: Call) -> str:
    """Return what the client calls itself; empty where it does not."""
    params = ctx.session.client_params
    return params.client_info.name if params else ""


async def warm_after_listing(
    ctx: ServerRequestContext[FoundrySession], call_next: CallNext
) -> HandlerResult:
    """Begin to warm up once a client has seen the tools: earlier it would delay that."""
    result = await call_next(ctx)
    if ctx.method == "tools/list":
        ctx.lifespan_context.warm()
    return result


class CurrentRequest:
    """Remembers each request, as a middleware of the server, while it is answered.

    Attributes:
        callers: Their sessions, where it is known who calls.
    """

    def __init__(self) -> None:
        self.callers: Callers | None = None
        self._request: ContextVar[ServerRequestContext[FoundrySession]] = ContextVar("request")

    async def as_caller(
        self,
        ctx: ServerRequestContext[FoundrySession, Any],
        call_next: Callable[[Any], Awaitable[Any]],
    ) -> Any:  # noqa: ANN401 - whatever the method answers
        """Answer the request `ctx` in the session of the one who brought it.

        Raises:
            PermissionError: Nobody is known to have brought it; the session of all is nobody's.
        """
        caller: Caller | None = None
        if ctx.request is not None:
            caller = getattr(ctx.request.scope.get("user"), "caller", None)
        if caller is None or self.callers is None:
            raise PermissionError(f"{ctx.method}: it is not known who calls")
        with self.callers.session_of(caller) as own:
            return await call_next(replace(ctx, lifespan_context=own))

    async def remember(
        self,
        ctx: ServerRequestContext[FoundrySession],
        call_next: Callable[[Any], Awaitable[Any]],
    ) -> Any:  # noqa: ANN401 - whatever the method answers
        """Answer the request `ctx`, and let `call` and `session` tell of it meanwhile."""
        token = self._request.set(ctx)
        try:
            return await call_next(ctx)
        finally:
            self._request.reset(token)

    @property
    def call(self) -> Call:
        """What a tool takes as its context."""
        return Context(request_context=self._request.get())

    @property
    def may_manage(self) -> bool:
        """Whether whoever asks may change what all share; so may all where nobody signs in."""
        caller = self.session.caller if self.callers else None
        return caller is None or caller.manages

    @property
    def session(self) -> FoundrySession:
        """The open project."""
        return self._request.get().lifespan_context
