"""How the bytes of a file are sent."""

from urllib.parse import quote

from aiohttp import web

from mcp_foundry.emulator.store.files import StoredFile


def contents(found: StoredFile, content_type: str = "") -> web.Response:
    """The bytes under the name of the file; recorded: those of a container have no type."""
    _, dot, ending = found.name.rpartition(".")
    plain = f"file.{ending}" if dot and ending.isascii() and ending.isalnum() else "file"
    named = f"filename=\"{plain}\"; filename*=UTF-8''{quote(found.name, safe='')}"
    headers = {"Content-Disposition": f"attachment; {named}", "X-Content-Type-Options": "nosniff"}
    if content_type:
        return web.Response(body=found.data, headers=headers, content_type=content_type)
    return Untyped(body=found.data, headers=headers)


class Untyped(web.Response):
    """A reply without a Content-Type, which aiohttp would add."""

    async def _prepare_headers(self) -> None:
        await super()._prepare_headers()
        self._headers.popall("Content-Type", None)
