"""Files as blocks of a result: pictures as far as they fit, and a link to each file.

Never within the structured content: some hosts show a model all of that, as text.
"""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

import anyio.to_thread
from mcp_types import (
    BlobResourceContents,
    EmbeddedResource,
    ImageContent,
    ResourceLink,
    TextContent,
)

from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.contract.files import File
from mcp_foundry.contract.media import PICTURES, is_textual, text_in_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcp_types import ContentBlock

    from mcp_foundry.project.files.contents import Contents
    from mcp_foundry.project.session import FoundrySession

# Claude Desktop refuses a result of more than 1,048,576 characters, and text and JSON need room
# (fastmcp#1036, Windows-MCP#155).
MOST_SHOWN = 900_000
_MOST_PICTURES = 4
# As base64, within the same bound.
_MOST_EMBEDDED = 700_000
_LARGE = 1024 * 1024
# What Claude Desktop and claude.ai call themselves.
_BOUNDED_CLIENTS = frozenset({"claude-ai"})


async def blocks_of(
    files: Sequence[File], foundry: FoundrySession, told: Sequence[File]
) -> list[ContentBlock]:
    """Return the pictures among an answer's files, as far as they fit, and a link to each file.

    Args:
        files: As the session has them.
        foundry: The open project.
        told: As the caller does.
    """
    blocks: list[ContentBlock] = []
    if foundry.settings.images == "inline":
        blocks += await _pictures(files, foundry)
    return [*blocks, *(_link(file) for file in told if not file.error)]


async def _pictures(files: Sequence[File], foundry: FoundrySession) -> list[ContentBlock]:
    shown: list[ContentBlock] = []
    seen: list[bytes] = []
    room = MOST_SHOWN
    for file in files:
        found = foundry.files.shelf.find(file.uri)
        # A figure that was saved as well is the same picture twice.
        if found is None or found.kind not in PICTURES or found.data in seen:
            continue
        size = _encoded_size(found.data)
        if size <= room and len(shown) < _MOST_PICTURES:
            room -= size
            seen.append(found.data)
            shown.append(await picture(found))
    return shown


async def picture(found: Contents) -> ImageContent:
    """Return a picture as a block; a large one is encoded in a thread."""
    return ImageContent(type="image", data=await _encoded(found.data), mime_type=found.kind)


async def _encoded(data: bytes) -> str:
    def encode() -> str:
        return b64encode(data).decode("ascii")

    return encode() if len(data) < _LARGE else await anyio.to_thread.run_sync(encode)


def _encoded_size(data: bytes) -> int:
    return (len(data) + 2) // 3 * 4


def _link(file: File) -> ResourceLink:
    return ResourceLink(
        type="resource_link",
        uri=file.uri,
        name=file.name,
        mime_type=file.mime_type or None,
        size=file.size,
    )


async def shown(found: Contents, client: str, uri: str) -> list[ContentBlock]:
    """Return one file that was asked for.

    Args:
        found: The file.
        client: What the client calls itself.
        uri: By which it was asked for.

    Raises:
        FoundryError: `not_allowed`: it is too large to be sent, and there is nowhere to save it.
    """
    file = File(name=found.name, uri=uri, mime_type=found.kind, size=len(found.data))
    file = file.model_copy(update={"path": found.path})
    about = TextContent(type="text", text=file.as_text())
    if found.kind in PICTURES and _fits(found.data, client):
        return [about, await picture(found)]
    text = text_in_bytes(found.data) if is_textual(found.kind) else None
    if text is not None and len(text) <= MOST_SHOWN:
        return [about, TextContent(type="text", text=text)]
    if found.path:
        return [about]
    if len(found.data) > _MOST_EMBEDDED:
        raise FoundryError(
            "not_allowed",
            f"'{found.name}' ({found.kind}, {len(found.data):,} bytes) is too large for a result "
            "and was not saved: the person who runs this server can name a folder in "
            "MCP_FOUNDRY_SAVE.",
        )
    blob = BlobResourceContents(uri=uri, mime_type=found.kind, blob=await _encoded(found.data))
    return [about, EmbeddedResource(type="resource", resource=blob)]


def _fits(data: bytes, client: str) -> bool:
    return client not in _BOUNDED_CLIENTS or _encoded_size(data) <= MOST_SHOWN
