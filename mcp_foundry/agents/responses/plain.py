"""A response that was not streamed, read as a stream of one event."""

from __future__ import annotations

from json import dumps
from typing import TYPE_CHECKING

from mcp_foundry.contract.json import text_in

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from mcp_foundry.contract.json import Json

_CANCELLED = "cancelled"


async def as_events(response: Json) -> AsyncIterator[bytes]:
    """Yield the event that says how a response stands."""
    status = text_in(response.get("status")) or "completed"
    # A cancelled response ends its stream as a failed one.
    name = f"response.{'failed' if status == _CANCELLED else status}"
    yield f"event: {name}\ndata: {dumps({'type': name, 'response': response})}\n\n".encode()
