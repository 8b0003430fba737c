"""Which hosts and web pages a service answers to, and what browsers must be told."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import Message, Scope, Send

    from mcp_foundry.transport.http.challenges import Headers

_DEFAULT_PORTS = {"http": ":80", "https": ":443"}
_EXPOSED = b"WWW-Authenticate, Mcp-Session-Id"
_METHODS = b"GET, POST, DELETE, OPTIONS"
_NAMES = re.compile(rb"[A-Za-z0-9!#$%&'*+.^_`|~, -]{1,2000}")
_PREFLIGHT_SECONDS = b"7200"


def header(scope: Scope, name: bytes) -> list[bytes]:
    """Return every value of a header."""
    return [value for each, value in scope["headers"] if each == name]


def host_of(url: str) -> frozenset[bytes]:
    """Return what a `Host` header may say of a URL: a default port may be left out."""
    parts = urlsplit(url)
    default = _DEFAULT_PORTS[parts.scheme]
    bare = parts.netloc.lower().removesuffix(default)
    spellings = {bare} if parts.port and bare == parts.netloc.lower() else {bare, bare + default}
    return frozenset(each.encode() for each in spellings)


def origin_of(url: str) -> bytes:
    """Return what an `Origin` header says of a URL."""
    parts = urlsplit(url)
    host = parts.netloc.lower().removesuffix(_DEFAULT_PORTS[parts.scheme])
    return f"{parts.scheme}://{host}".encode()


class Origins:
    """The web pages that may call.

    Args:
        allowed: Their origins, or URLs that have them.
    """

    def __init__(self, allowed: Iterable[str]) -> None:
        self._allowed = frozenset(map(origin_of, allowed))

    def admits(self, origins: list[bytes]) -> bool:
        """Whether a request that says so may be answered: of no page, or of one that may call."""
        return not origins or (len(origins) == 1 and origins[0].lower() in self._allowed)


def open_to(origin: bytes) -> Headers:
    """Return what a browser must be told to let a page of that origin read the answer."""
    return [
        (b"access-control-allow-origin", origin),
        (b"access-control-expose-headers", _EXPOSED),
        (b"vary", b"Origin"),
    ]


def preflight(scope: Scope, origin: bytes) -> Headers:
    """Return what a browser must be told before it sends a page's request.

    The names of headers are those that it asks for: the protocol's differ with its version, and
    tools may have some of their own.
    """
    asked = header(scope, b"access-control-request-headers")
    names = asked[0] if len(asked) == 1 and _NAMES.fullmatch(asked[0]) else b"Authorization"
    return [
        *open_to(origin),
        (b"access-control-allow-methods", _METHODS),
        (b"access-control-allow-headers", names),
        (b"access-control-max-age", _PREFLIGHT_SECONDS),
    ]


def telling(send: Send, headers: Headers) -> Send:
    """Return what sends an answer with these headers beside its own."""

    async def told(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), *headers]}
        await send(message)

    return told
