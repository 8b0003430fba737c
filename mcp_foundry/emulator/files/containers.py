"""Containers of code interpreters: made, listed, ended; and their files."""

from aiohttp import web

from mcp_foundry.emulator.files.contents import send_contents
from mcp_foundry.emulator.http.calls import Call, Routes, reply
from mcp_foundry.emulator.wire.refusals import invalid
from mcp_foundry.emulator.wire.shapes import page, with_ends
from mcp_foundry.emulator.wire.values import as_list, as_text, new_id

CONTAINERS = "/openai/v1/containers"
FILES = f"{CONTAINERS}/{{container}}/files"
KNOWN = ("expires_after", "memory_limit", "network_policy")


async def create(call: Call) -> web.StreamResponse:
    """POST /openai/v1/containers."""
    name = as_text(call.body.get("name"))
    if not name:
        raise invalid("Missing required parameter: 'name'.", param="name")
    files, identifier = call.store.files, new_id("cntr")
    copied = [files.uploaded(as_text(each)) for each in as_list(call.body.get("file_ids"))]
    files.begin(identifier, name, **{key: call.body.get(key) for key in KNOWN})
    for each in copied:
        files.write(identifier, each.sandboxed, each.data, source="user")
    return reply(files.container(identifier).info)


async def list_containers(call: Call) -> web.StreamResponse:
    """GET /openai/v1/containers."""
    name = call.query.get("name")
    shown = [each.info for each in call.store.files.containers.values()]
    return reply(
        with_ends(page([each for each in shown if name in {None, each["name"]}], call.query))
    )


async def get_container(call: Call) -> web.StreamResponse:
    """GET /openai/v1/containers/{container}."""
    return reply(call.store.files.container(call.part("container")).info)


async def delete_container(call: Call) -> web.StreamResponse:
    """DELETE /openai/v1/containers/{container}."""
    name = call.store.files.container(call.part("container")).info["id"]
    del call.store.files.containers[name]
    return reply({"id": name, "object": "container.deleted", "deleted": True})


async def create_file(call: Call) -> web.StreamResponse:
    """POST /openai/v1/containers/{container}/files: an upload, or a file of the project."""
    files, container = call.store.files, call.part("container")
    files.container(container)
    if call.upload:
        return reply(files.write(container, call.upload.name, call.upload.data, source="user"))
    if not call.body.get("file_id"):
        raise invalid("Missing required parameter: 'file'.", param="file")
    found = files.uploaded(as_text(call.body["file_id"]))
    return reply(files.write(container, found.sandboxed, found.data, source="user"))


async def list_files(call: Call) -> web.StreamResponse:
    """GET /openai/v1/containers/{container}/files."""
    shown = [each.info for each in call.store.files.container(call.part("container")).values()]
    return reply(with_ends(page(shown, call.query)))


async def get(call: Call) -> web.StreamResponse:
    """GET /openai/v1/containers/{container}/files/{file}."""
    return reply(call.store.files.written(call.part("container"), call.part("file")).info)


async def content(call: Call) -> web.StreamResponse:
    """GET /openai/v1/containers/{container}/files/{file}/content."""
    found = call.store.files.written(call.part("container"), call.part("file"))
    return await send_contents(call, found)


async def delete(call: Call) -> web.StreamResponse:
    """DELETE /openai/v1/containers/{container}/files/{file}."""
    container, name = call.part("container"), call.part("file")
    call.store.files.written(container, name)
    del call.store.files.containers[container][name]
    return reply({"id": name, "object": "container.file.deleted", "deleted": True})


ROUTES: Routes = {
    f"POST {CONTAINERS}": create,
    f"GET {CONTAINERS}": list_containers,
    f"GET {CONTAINERS}/{{container}}": get_container,
    f"DELETE {CONTAINERS}/{{container}}": delete_container,
    f"POST {FILES}": create_file,
    f"GET {FILES}": list_files,
    f"GET {FILES}/{{file}}": get,
    f"GET {FILES}/{{file}}/content": content,
    f"DELETE {FILES}/{{file}}": delete,
}
