"""The body of a streamed reply, with a deadline of our own for each read.

aiohttp 3.14 never wakes a reader whose stream breaks inside a chunk, and its own timeouts do not
fire then. It does close the connection, which is looked at now and then.
"""

from __future__ import annotations

import asyncio
import zlib
from typing import TYPE_CHECKING, Any, cast

from mcp_foundry.contract.errors import FoundryError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from azure.core.rest import AsyncHttpResponse

# A loop that was blocked finds its timers due before the bytes that came meanwhile are read.
_GRACE = 0.1
# Seconds between two looks at the connection of a silent stream.
_PULSE = 1.0


async def read_pieces(
    response: AsyncHttpResponse, silence: float, about: str
) -> AsyncGenerator[bytes]:
    """Yield the body as it comes; its end frees the connection.

    azure-core's `iter_raw` does the same, at a tenth more: it looks at each HTTP chunk, and every
    token is one.

    Args:
        response: The reply; its headers have been read.
        silence: The longest that two pieces may be apart, in seconds.
        about: What was asked, as the subject of error messages.

    Raises:
        azure.core.exceptions.ServiceResponseError: The stream broke, or was silent for too long.
        FoundryError: It is encoded in a way that was not asked for.
    """
    from aiohttp import ClientError
    from azure.core.exceptions import ServiceResponseError

    decode = _decoder(response, about)
    reply = cast("Any", response).internal_response
    deadline = _Deadline(reply, silence)
    try:
        while piece := await reply.content.readany():
            deadline.put_off()
            if decode is None:
                yield piece
            elif decoded := decode(piece):
                yield decoded
    except (ClientError, TimeoutError, asyncio.TimeoutError, zlib.error) as broken:
        raise ServiceResponseError(broken, error=broken) from broken
    finally:
        deadline.cancel()
    await response.close()


def _decoder(response: AsyncHttpResponse, about: str) -> Callable[[bytes], bytes] | None:
    """Return what undoes the encoding; some gateways compress although `identity` was asked."""
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding in {"", "identity"}:
        return None
    if encoding in {"gzip", "x-gzip", "deflate"}:
        return zlib.decompressobj(zlib.MAX_WBITS | 32).decompress  # either header
    raise FoundryError(
        "service_unavailable",
        f"{about}: the stream came encoded as {encoding!r}, which was not asked for: a proxy or "
        "gateway compresses it. Have that switched off for this project.",
        status=response.status_code,
    )


class _Deadline:
    """Breaks a stream that is silent for too long, or whose connection is gone.

    One timer for the whole stream, put off when it fires: one for each piece would cost as much as
    reading it.
    """

    def __init__(self, reply: Any, silence: float) -> None:  # noqa: ANN401 - aiohttp's, imported later
        self._reply = reply
        self._silence = silence
        self._loop = asyncio.get_running_loop()
        self._heard = self._loop.time()
        self._timer = self._loop.call_later(min(silence, _PULSE), self._check)

    def put_off(self) -> None:
        """Note that a piece has come."""
        self._heard = self._loop.time()

    def _check(self) -> None:
        left = self._heard + self._silence - self._loop.time()
        if left > 0 and not self._is_cut():
            self._timer = self._loop.call_later(min(left, _PULSE), self._check)
        else:
            self._timer = self._loop.call_later(_GRACE, self._expire, self._heard)

    def _is_cut(self) -> bool:
        """Whether nothing can come any more, and the reader was not told."""
        connection = self._reply.connection
        gone = connection is not None and connection.transport is None
        return gone and not self._reply.content.is_eof()

    def _expire(self, heard: float) -> None:
        if heard == self._heard:
            self._reply.content.set_exception(TimeoutError())
        else:
            self._check()

    def cancel(self) -> None:
        """End the watch."""
        self._timer.cancel()
