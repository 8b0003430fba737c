"""Tokens that were verified: a caller's next calls bring the same one, for an hour or so.

Of a token its digest is kept, never the token: it opens nothing.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from mcp_foundry.entra.tokens import LEEWAY, LONGEST, Verified

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

_MOST = 2000


class Known(NamedTuple):
    """What was found of a token.

    Attributes:
        key_id: The key that it names.
        key: What it was verified with: it holds no longer than that is the key of that id.
        verified: What it says.
    """

    key_id: str
    key: RSAPublicKey
    verified: Verified


class KnownTokens:
    """The tokens that were verified last, as long as they are not past their end.

    Args:
        clock: Tells the seconds of the epoch.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._known: OrderedDict[bytes, Known] = OrderedDict()

    def find(self, token: str) -> Known | None:
        """Return what was found of a token; None where it has to be verified."""
        if len(token) > LONGEST:
            return None
        digest = _digest(token)
        known = self._known.get(digest)
        if known is None:
            return None
        if known.verified.expires_at <= self._clock() - LEEWAY:
            del self._known[digest]
            return None
        self._known.move_to_end(digest)
        return known

    def keep(self, token: str, known: Known) -> None:
        """Keep what was found of a token."""
        self._known[_digest(token)] = known
        if len(self._known) > _MOST:
            self._known.popitem(last=False)


def _digest(token: str) -> bytes:
    return sha256(token.encode(errors="surrogatepass")).digest()
