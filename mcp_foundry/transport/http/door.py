"""The door of a service for many: who is let in, and what is answered to all others.

It stands before the SDK's own application, which trusts whom it lets in. Nothing that a proxy
writes (`X-Forwarded-…`) is read: what the service is called, the public URL says.
"""

from __future__ import annotations

import logging
import traceback
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mcp.server.auth.middleware.auth_context import AuthContextMiddleware

from mcp_foundry import __version__
from mcp_foundry.transport.http.challenges import (
    FORBIDDEN,
    UNAUTHORIZED,
    Refusal,
    answer,
    challenge,
)
from mcp_foundry.transport.http.origins import (
    Origins,
    header,
    host_of,
    open_to,
    preflight,
    telling,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
    from starlette.types import ASGIApp, Receive, Scope, Send

    from mcp_foundry.transport.http.challenges import Headers

logger = logging.getLogger(__name__)
_METADATA = "/.well-known/oauth-protected-resource"
_HEALTH, _READINESS = "/healthz", "/readyz"
_SOON = 5
"""Seconds after which a replica that is not ready is asked again."""


class Door:
    """Lets those in who show a token, and tells all others where to get one.

    Args:
        public_url: Where clients reach the service.
        issuer: Who signs people in.
        scope: What a client asks the issuer for, as its whole name.
        origins: Web pages that may call, beside the public URL's own.
        admit: Returns whose token it is, or raises Refusal.
        ready: Whether tokens can be told apart yet.

    Attributes:
        draining: Whether the end has come: then no balancer should send more.
    """

    def __init__(  # noqa: PLR0913 - what a door must know
        self,
        *,
        public_url: str,
        issuer: str,
        scope: str,
        admit: Callable[[str], Awaitable[AuthenticatedUser]],
        ready: Callable[[], bool],
        origins: Iterable[str] = (),
    ) -> None:
        self.draining = False
        self._admit, self._ready, self._scope = admit, ready, scope
        self._hosts = host_of(public_url)
        self._origins = Origins([public_url, *origins])
        place = urlsplit(public_url)
        self._path = place.path
        self._metadata_url = f"{place.scheme}://{place.netloc}{_METADATA}{place.path}"
        self._metadata = {
            "resource": public_url,
            "authorization_servers": [issuer],
            "scopes_supported": [scope],
            "bearer_methods_supported": ["header"],
            "resource_name": "Microsoft Foundry agents",
        }

    def __call__(self, app: ASGIApp) -> ASGIApp:
        """Return `app` behind this door."""
        inside = AuthContextMiddleware(app)

        async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "lifespan":
                await app(scope, receive, send)
            elif scope["type"] == "http":
                await self._guard(inside, scope, receive, send)
            else:  # a web socket, which nothing here speaks
                await send({"type": "websocket.close"})

        return guarded

    async def _guard(self, inside: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        if path in {_METADATA, f"{_METADATA}{self._path}"}:
            await self._tell_metadata(scope, send)
            return
        if path in {_HEALTH, _READINESS}:
            await self._tell_health(path, send)
            return
        origins = header(scope, b"origin")
        allowed = self._origins.admits(origins)
        if origins and allowed:
            if _is_preflight(scope):
                await answer(send, 204, headers=preflight(scope, origins[0]))
                return
            send = telling(send, open_to(origins[0]))
        hosts = header(scope, b"host")
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            await answer(send, 421, _said("misdirected", "This host is not the public URL's."))
        elif not allowed:
            told = "Pages of this origin may not call. MCP_FOUNDRY_ORIGINS names those that may."
            await answer(send, FORBIDDEN, _said("origin", told))
        elif path != self._path:
            await answer(send, 404, _said("not_found", f"MCP is served at {self._path}."))
        else:
            await self._let_in(inside, scope, receive, send)

    async def _let_in(self, inside: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            user = await self._admit(_token(scope))
        except Refusal as refusal:
            await self._refuse(send, refusal)
            return
        except Exception as wrong:  # noqa: BLE001 - whatever it is, nobody is let in for it
            # Not its message, which may hold the token.
            places = "".join(traceback.format_tb(wrong.__traceback__)[-3:])
            kind = type(wrong).__name__
            logger.error("whose token it is cannot be told: %s\n%s", kind, places)  # noqa: TRY400 - see above
            told = "Whose token this is cannot be told, for a fault of this server; see its log."
            await answer(send, 500, _said("server_error", told))
            return
        await inside({**scope, "user": user}, receive, send)

    async def _refuse(self, send: Send, refusal: Refusal) -> None:
        headers: Headers = []
        if refusal.status in {UNAUTHORIZED, FORBIDDEN}:
            told = challenge(refusal, self._metadata_url, self._scope)
            headers.append((b"www-authenticate", told.encode()))
        if refusal.retry_after:
            headers.append((b"retry-after", str(refusal.retry_after).encode()))
        word = refusal.fault or (
            "unauthorized" if refusal.status == UNAUTHORIZED else "unavailable"
        )
        await answer(send, refusal.status, _said(word, str(refusal)), headers)

    async def _tell_metadata(self, scope: Scope, send: Send) -> None:
        # It is public: any page may read it, and under any name of this host it says the same.
        if _is_preflight(scope):
            await answer(send, 204, headers=preflight(scope, b"*"))
            return
        if scope["method"] not in {"GET", "HEAD"}:
            await answer(send, 405, headers=[(b"allow", b"GET, HEAD, OPTIONS")])
            return
        lasting = (b"cache-control", b"public, max-age=3600")
        await answer(send, 200, self._metadata, [*open_to(b"*"), lasting])

    async def _tell_health(self, path: str, send: Send) -> None:
        headers: Headers = [(b"cache-control", b"no-store")]
        if path == _HEALTH:
            await answer(send, 200, {"status": "ok", "version": __version__}, headers)
        elif self.draining or not self._ready():
            status = "draining" if self.draining else "starting"
            again = (b"retry-after", str(_SOON).encode())
            await answer(send, 503, {"status": status}, [*headers, again])
        else:
            await answer(send, 200, {"status": "ready"}, headers)


def _is_preflight(scope: Scope) -> bool:
    return scope["method"] == "OPTIONS" and bool(header(scope, b"access-control-request-method"))


def _said(word: str, sentence: str) -> dict[str, str]:
    return {"error": word, "error_description": sentence}


def _token(scope: Scope) -> str:
    """Return the token of a request.

    Raises:
        Refusal: There is none, or more than one.
    """
    given = header(scope, b"authorization")
    if len(given) > 1:
        raise Refusal(UNAUTHORIZED, "One Authorization header, not more.", fault="invalid_token")
    scheme, _, token = (given[0] if given else b"").partition(b" ")
    if scheme.lower() != b"bearer":
        raise Refusal(UNAUTHORIZED, "Sign in, and send the access token as a bearer.")
    try:
        return token.strip().decode("ascii")
    except UnicodeDecodeError:
        raise Refusal(UNAUTHORIZED, "This is no token.", fault="invalid_token") from None
