"""How many sessions one caller may have here, so that there are some for all others.

Only hosts of the handshake era have any, and only they listen to streams, one a session. Without
sessions such a stream would be one on which nothing is ever said: it is refused then, as the
protocol has it where a server offers none.
"""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp_types import INVALID_REQUEST
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS
from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response

if TYPE_CHECKING:
    from collections.abc import Generator

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

IDLE = 30 * 60
"""Seconds for which a session lasts that nobody uses."""
MOST = 200
"""Sessions of one caller. An application that speaks for many has them all under its own name."""
_AGAIN = 60
"""Seconds after which one that was refused may try again."""
_FAULTS = 400
_ID = "mcp-session-id"
_VERSION = "mcp-protocol-version"


def without_streams(app: ASGIApp) -> ASGIApp:
    """Return `app` where no host gets a session, and none a stream to listen to."""

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "GET":
            await Response(status_code=405, headers={"Allow": "POST"})(scope, receive, send)
        else:
            await app(scope, receive, send)

    return wrapped


@dataclass
class _Session:
    caller: str
    used: float
    under_way: int = 0


@dataclass
class _Answered:
    well: bool = False
    session_id: str = ""


class Sessions:
    """The sessions that are open, the longest unused first, and how many each caller has."""

    def __init__(self) -> None:
        self._open: dict[str, _Session] = {}
        self._of: Counter[str] = Counter()

    def bounded(self, app: ASGIApp) -> ASGIApp:
        """Return `app` with as many sessions for each caller as there may be."""

        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            headers = Headers(scope=scope) if scope["type"] == "http" else Headers()
            if session := self._open.get(headers.get(_ID, "")):
                with self._used(session, headers[_ID], scope["method"]) as answered:
                    await app(scope, receive, _telling(answered, send))
            elif scope["type"] == "http" and _begins(scope["method"], headers):
                await self._begin(app, scope, receive, send)
            else:
                await app(scope, receive, send)

        return wrapped

    async def _begin(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        caller = _caller(scope)
        self._forget_expired()
        if self._of[caller] >= MOST:
            await _refused()(scope, receive, send)
            return
        self._of[caller] += 1  # from now on: others may come before the answer
        answered = _Answered()
        try:
            await app(scope, receive, _telling(answered, send))
        finally:
            if answered.well and answered.session_id:
                self._open[answered.session_id] = _Session(caller, monotonic())
            else:
                self._one_less(caller)

    @contextmanager
    def _used(self, session: _Session, session_id: str, method: str) -> Generator[_Answered]:
        """Count a request of a session for as long as the block lasts."""
        answered = _Answered()
        session.under_way += 1
        try:
            yield answered
        finally:
            session.under_way -= 1
            session.used = monotonic()
            if self._open.pop(session_id, None) is not None:
                if method == "DELETE" and answered.well:
                    self._one_less(session.caller)
                else:
                    self._open[session_id] = session

    def _forget_expired(self) -> None:
        """Forget those that the SDK has ended by now; one that is listened to lasts."""
        for session_id, session in list(self._open.items()):
            if monotonic() - session.used < IDLE:
                break
            del self._open[session_id]
            if session.under_way:
                session.used = monotonic()
                self._open[session_id] = session
            else:
                self._one_less(session.caller)

    def _one_less(self, caller: str) -> None:
        self._of[caller] -= 1
        if not self._of[caller]:
            del self._of[caller]


def _begins(method: str, headers: Headers) -> bool:
    of_era = headers.get(_VERSION) in {None, *HANDSHAKE_PROTOCOL_VERSIONS}
    return method == "POST" and of_era and _ID not in headers


def _telling(answered: _Answered, send: Send) -> Send:
    async def watched(message: Message) -> None:
        if message["type"] == "http.response.start":
            answered.well = message["status"] < _FAULTS
            answered.session_id = Headers(raw=message["headers"]).get(_ID, "")
        await send(message)

    return watched


def _caller(scope: Scope) -> str:
    user = scope.get("user")
    return (user.access_token.subject or "") if isinstance(user, AuthenticatedUser) else ""


def _refused() -> Response:
    told = (
        f"There are {MOST} sessions of this caller here, which is the most. End some (DELETE), or "
        f"wait: one that nobody uses ends after {IDLE // 60} minutes."
    )
    error = {"code": INVALID_REQUEST, "message": told}
    return JSONResponse(
        {"jsonrpc": "2.0", "id": None, "error": error},
        status_code=429,
        headers={"Retry-After": str(_AGAIN)},
    )
