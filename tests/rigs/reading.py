"""How the tests read resources."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from mcp.shared.exceptions import MCPError
from mcp_types import TextResourceContents

if TYPE_CHECKING:
    from mcp.client import Client


async def read(client: Client, address: str) -> str:
    """The text of a resource."""
    (content,) = (await client.read_resource(f"foundry://{address}")).contents
    assert isinstance(content, TextResourceContents)
    return content.text


async def refused(client: Client, address: str) -> tuple[int, str]:
    """The code and the message with which a resource cannot be read."""
    with pytest.raises(MCPError) as refusal:
        await read(client, address)
    return refusal.value.error.code, refusal.value.error.message


async def turns(client: Client, conversation_id: str) -> list[tuple[str, str]]:
    """Who said what in a transcript."""
    transcript = await read(client, f"conversations/{conversation_id}")
    _, *parts = transcript.rstrip("\n").split("\n\n## ")
    return [(part.partition("\n\n")[0], part.partition("\n\n")[2]) for part in parts]
