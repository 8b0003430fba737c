"""Uploads, of both generations: the same files under two routes."""

from aiohttp import web

from mcp_foundry.emulator.files.contents import send_contents
from mcp_foundry.emulator.http.calls import Call, Routes, reply
from mcp_foundry.emulator.wire.refusals import invalid
from mcp_foundry.emulator.wire.shapes import page, with_ends
from mcp_foundry.emulator.wire.values import as_text, now

PURPOSES = ("assistants", "fine-tune", "batch", "evals")
SHORTEST, LONGEST = 3600, 2_592_000


async def create(call: Call) -> web.StreamResponse:
    """POST /openai/v1/files."""
    if call.upload is None:
        raise invalid("Missing required parameter: 'file'.", param="file")
    purpose = as_text(call.body.get("purpose"))
    if purpose not in PURPOSES:
        # Documented: `user_data` and `vision` are refused here, where OpenAI takes them.
        raise invalid(f"Invalid value for purpose: '{purpose}'.", param="purpose")
    if not call.upload.data:
        raise invalid("File is empty.", param="file")
    seconds = as_text(call.body.get("expires_after[seconds]"))
    known = seconds.isdecimal() and len(seconds) <= len(str(LONGEST))
    if seconds and not (known and SHORTEST <= int(seconds) <= LONGEST):
        raise invalid("Invalid 'expires_after[seconds]'.", param="expires_after")
    info = call.store.files.upload(call.upload.name, call.upload.data, purpose)
    if seconds:
        info["expires_at"] = now() + int(seconds)
    if purpose == "fine-tune":
        # Recorded: such a file is looked through first; it is ready when it is asked for again.
        return reply({**info, "status": "pending"}, 201)
    return reply(info)


async def list_files(call: Call) -> web.StreamResponse:
    """GET /openai/v1/files."""
    purpose = call.query.get("purpose")
    shown = [each.info for each in call.store.files.uploads.values()]
    shown = [info for info in shown if not purpose or info["purpose"] == purpose]
    if "limit" not in call.query:
        # Every file is listed at once: the classic SDK asks for no second page.
        return reply({"object": "list", "data": [*reversed(shown)], "has_more": False})
    return reply(with_ends(page(shown, call.query, most=10_000)))


async def get(call: Call) -> web.StreamResponse:
    """GET /openai/v1/files/{file}."""
    return reply(call.store.files.uploaded(call.part("file")).info)


async def content(call: Call) -> web.StreamResponse:
    """GET /openai/v1/files/{file}/content."""
    found = call.store.files.uploaded(call.part("file"))
    return await send_contents(call, found, "application/octet-stream")


async def delete(call: Call) -> web.StreamResponse:
    """DELETE /openai/v1/files/{file}."""
    name = call.part("file")
    call.store.files.uploaded(name)
    call.store.files.delete(name)
    return reply({"object": "file", "id": name, "deleted": True})


ROUTES: Routes = {
    f"{line.replace('FILES', place)}": does
    for place in ("/openai/v1/files", "/files")
    for line, does in {
        "POST FILES": create,
        "GET FILES": list_files,
        "GET FILES/{file}": get,
        "GET FILES/{file}/content": content,
        "DELETE FILES/{file}": delete,
    }.items()
}
