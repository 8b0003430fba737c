"""How the bytes of a file are sent."""

from urllib.parse import quote

from aiohttp import web

from mcp_foundry.emulator.http.calls import Call
from mcp_foundry.emulator.store.files import StoredFile

# A large file is written piece by piece: at once it would be copied more than once, and hold up
# everything else.
PIECE = 256 * 1024


async def send_contents(
    call: Call, found: StoredFile, content_type: str = ""
) -> web.StreamResponse:
    """Send the bytes under the name of the file; recorded: those of a container have no type."""
    _, dot, ending = found.name.rpartition(".")
    plain = f"file.{ending}" if dot and ending.isascii() and ending.isalnum() else "file"
    name = quote(found.name.encode("utf-8", "replace"), safe="")
    named = f"filename=\"{plain}\"; filename*=UTF-8''{name}"
    headers = {"Content-Disposition": f"attachment; {named}", "X-Content-Type-Options": "nosniff"}
    response = web.StreamResponse(headers=headers) if content_type else Untyped(headers=headers)
    if content_type:
        response.content_type = content_type
    # Once: it may be on disk, and gone from there by the next line.
    data = memoryview(found.data)
    response.content_length = len(data)
    await response.prepare(call.request)
    for at in range(0, len(data), PIECE):
        await response.write(data[at : at + PIECE])
    await response.write_eof()
    return response


class Untyped(web.StreamResponse):
    """A reply without a Content-Type, which aiohttp would add."""

    async def _prepare_headers(self) -> None:
        await super()._prepare_headers()
        self._headers.popall("Content-Type", None)
