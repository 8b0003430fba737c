"""Files that agents made."""

from __future__ import annotations

from typing import Annotated

from mcp_types import CallToolResult
from pydantic import Field

from mcp_foundry.server.call import (
    Call,
    client_of,
)
from mcp_foundry.server.showing import shown


async def get_file(
    ctx: Call,
    uri: Annotated[str, Field(description="foundry://files/…, of an answer's files")],
    save_as: Annotated[str, Field(description="Save it under this name")] = "",
) -> CallToolResult:
    """Bring a file that an agent made: a picture to look at, a text to read, others as a path."""
    foundry = ctx.request_context.lifespan_context
    found = await foundry.files.get(uri, save_as=save_as)
    return CallToolResult(content=await shown(found, client_of(ctx)))
