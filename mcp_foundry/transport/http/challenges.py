"""What is answered to a request that is not let in, and how a client learns where to sign in."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from starlette.types import Send

Headers = list[tuple[bytes, bytes]]
Fault = Literal["", "invalid_token", "insufficient_scope", "insufficient_claims"]

UNAUTHORIZED = 401
FORBIDDEN = 403


class Refusal(Exception):  # noqa: N818 - it is no fault of this program
    """A request that is not let in; the message says why, and holds nothing of the token.

    Args:
        status: The HTTP status: 401, 403, 429 or 503.
        message: What is wrong, and what to do.
        fault: The word that the challenge has for it; empty where nothing was shown to be wrong.
        claims: What a token needs beside, as JSON (a claims challenge of Entra); or empty.
        retry_after: Seconds after which it may be tried again; 0 where that would not help.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        fault: Fault = "",
        claims: str = "",
        retry_after: int = 0,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.fault: Fault = fault
        self.claims = claims
        self.retry_after = retry_after


def challenge(refusal: Refusal, metadata_url: str, scope: str) -> str:
    """Return the `WWW-Authenticate` of a refusal (RFC 6750, RFC 9728)."""
    told = {"error": refusal.fault, "error_description": _quotable(str(refusal))}
    parts = {
        **(told if refusal.fault else {}),
        "resource_metadata": metadata_url,
        "scope": scope,
        "claims": b64encode(refusal.claims.encode()).decode(),
    }
    quoted = (f'{name}="{text}"' for name, text in parts.items() if text)
    return f"Bearer {', '.join(quoted)}"


def _quotable(text: str) -> str:
    """Return what may stand between quotes in a header."""
    plain = text.encode("ascii", "replace").decode().replace("\\", "/").replace('"', "'")
    return " ".join(plain.split())


async def answer(
    send: Send, status: int, body: object = None, headers: Headers | None = None
) -> None:
    """Answer with JSON, or with nothing."""
    told = b"" if body is None else json.dumps(body).encode()
    kind: Headers = [] if body is None else [(b"content-type", b"application/json")]
    length = (b"content-length", str(len(told)).encode())
    start = {"status": status, "headers": [*kind, length, *(headers or [])]}
    await send({"type": "http.response.start", **start})
    await send({"type": "http.response.body", "body": told})
