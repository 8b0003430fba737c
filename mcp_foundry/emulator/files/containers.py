"""Containers of code interpreters: their files, and how they end."""

from aiohttp import web

from mcp_foundry.emulator.files.contents import contents
from mcp_foundry.emulator.http.calls import Call, Routes, reply
from mcp_foundry.emulator.wire.shapes import page, with_ends

FILES = "/openai/v1/containers/{container}/files"


async def list_files(call: Call) -> web.StreamResponse:
    """GET /openai/v1/containers/{container}/files."""
    shown = [each.info for each in call.store.files.container(call.part("container")).values()]
    return reply(with_ends(page(shown, call.query)))


async def get(call: Call) -> web.StreamResponse:
    """GET /openai/v1/containers/{container}/files/{file}."""
    return reply(call.store.files.written(call.part("container"), call.part("file")).info)


async def content(call: Call) -> web.StreamResponse:
    """GET /openai/v1/containers/{container}/files/{file}/content."""
    return contents(call.store.files.written(call.part("container"), call.part("file")))


async def delete(call: Call) -> web.StreamResponse:
    """DELETE /openai/v1/containers/{container}/files/{file}."""
    container, name = call.part("container"), call.part("file")
    call.store.files.written(container, name)
    del call.store.files.containers[container][name]
    return reply({"id": name, "object": "container.file.deleted", "deleted": True})


ROUTES: Routes = {
    f"GET {FILES}": list_files,
    f"GET {FILES}/{{file}}": get,
    f"GET {FILES}/{{file}}/content": content,
    f"DELETE {FILES}/{{file}}": delete,
}
