"""What azure-core's clients send through: aiohttp, with a deadline of our own for each reply.

Imported only once azure-core is there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import anyio
from aiohttp import FormData
from azure.core.pipeline.transport import AioHttpTransport

from mcp_foundry.telemetry.joining import join

if TYPE_CHECKING:
    import aiohttp


class BoundedTransport(AioHttpTransport):
    """Reads a reply that is no stream within so many seconds.

    Its body counts, whose reading aiohttp's own timeouts do not always end (see `bodies`).

    Args:
        http: The pool, which others close.
        seconds: For one request and its whole reply.
        joins: Whether requests carry the trace that they belong to.
    """

    def __init__(self, http: aiohttp.ClientSession, seconds: float, *, joins: bool = False) -> None:
        super().__init__(session=http, session_owner=False)  # pyright: ignore[reportUnknownMemberType] - azure-core leaves it untyped
        self._seconds = seconds
        self._joins = joins

    def _get_request_data(self, request: Any) -> Any:  # noqa: ANN401 - as azure-core types it
        """Return the body; a form's file names as they are, which aiohttp would percent-encode."""
        if not request.files:
            return request.data
        form = FormData(quote_fields=False)
        for field, (name, value, *kind) in request.files.items():
            form.add_field(field, value, filename=name, content_type=next(iter(kind), None))
        return form

    async def send(self, request: Any, **options: Any) -> Any:  # noqa: ANN401 - as azure-core types it
        """Send the request.

        Raises:
            TimeoutError: The reply was not there in time.
        """
        if self._joins:
            join(request.headers)
        send: Any = super().send  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - azure-core leaves it untyped
        if options.get("stream"):
            return cast("Any", await send(request, **options))
        with anyio.fail_after(self._seconds):
            return cast("Any", await send(request, **options))
