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
    uri: Annotated[str, Field(description="Of an answer's files")],
    save_as: str = "",
) -> CallToolResult:
    """Show a picture or text that an agent made. Other files are saved, if allowed."""
    foundry = ctx.request_context.lifespan_context
    found = await foundry.files.get(foundry.binding.open(uri, "file"), save_as=save_as)
    return CallToolResult(content=await shown(found, client_of(ctx), uri))
