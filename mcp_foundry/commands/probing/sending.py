"""Files and pictures on their way to an agent, and what is told of one that is gone: point 13."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

import anyio

from mcp_foundry.commands.probing.asked import SHORT
from mcp_foundry.commands.probing.findings import FILES
from mcp_foundry.commands.probing.requests import passes
from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.contract.json import count_in, text_in
from mcp_foundry.service.places import PROJECT

if TYPE_CHECKING:
    from mcp_foundry.commands.probing.findings import Finding
    from mcp_foundry.commands.probing.requests import Route
    from mcp_foundry.contract.json import Json

UPLOADS = "/openai/v1/files"
NOBODY = "/openai/v1/containers/cntr_000000000000/files"
"""The files of a container that is not there."""

_TEXT = b"mcp-foundry's probe\n"
_NOTE: Json = {
    "type": "input_file",
    "filename": "note.txt",
    "file_data": f"data:text/plain;base64,{b64encode(_TEXT).decode()}",
}
# A single white pixel.
_PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR42mP4//8/AAX+Av4zEpUUAAAAAElFTkSuQmCC"
)
_PICTURE: Json = {"type": "input_image", "image_url": f"data:image/png;base64,{_PNG}"}
_FIELDS: Json = {"purpose": "assistants"}
# The shortest there is: if it cannot be deleted, it does not stay for long.
_LIFE: Json = {"expires_after[anchor]": "created_at", "expires_after[seconds]": "3600"}
_UNREADABLE = frozenset({400, 422})
# How the bridge is told that a file is gone, and that an end is not taken (see `Uploads`).
_GONE = frozenset({404, 410})
_END = (400, "expires")
_ENDLESS = "uploads stay until deleted: "
_NO_PICTURES = (
    "pictures in a question fail with this agent: send them to agents with a declared input instead"
)


async def send_files(route: Route) -> Finding:
    """Upload a file, look into a container that is not there, and ask about two small files."""
    said: list[str] = []
    wrong: list[str] = []
    for told, lacking in (await _upload(route), await _look(route)):
        said.append(told)
        wrong += [lacking] if lacking else []
    picture, seen = await _ask(route, _PICTURE)
    note, read = await _ask(route, _NOTE)
    wrong += [] if seen else [_NO_PICTURES]
    if not read and not wrong:
        wrong.append("nothing: the bridge sends texts as a part of the question")
    said += [f"a picture in a question {picture}", f"a text file in a question {note}"]
    return FILES.found(not wrong, "; ".join(said), "; ".join(wrong))


async def _upload(route: Route) -> tuple[str, str]:
    """Return what became of an upload, which is deleted, and what is lacking."""
    made = await _send(route, _FIELDS | _LIFE)
    if isinstance(made, FoundryError) and made.status in _UNREADABLE:
        again = await _send(route, _FIELDS)
        if not isinstance(again, FoundryError):
            told = f"an upload with an end refused: {route.told(made)}; taken without one"
            told = f"{told}, {await _delete(route, again)}"
            if made.status == _END[0] and _END[1] in str(made):
                return told, f"{_ENDLESS}the bridge sends them without an end"
            return told, "uploads fail: the bridge cannot tell that it is their end that is refused"
    if isinstance(made, FoundryError):
        return f"an upload refused: {route.told(made)}", "no file can be sent as an agent's input"
    deleted = await _delete(route, made)
    if not text_in(made.get("id")):
        return f"an upload taken, {deleted}", "the bridge cannot use what it uploads"
    if count_in(made.get("expires_at")) is None:
        told = f"an upload with an end taken, and has none, {deleted}"
        return told, f"{_ENDLESS}the end that the bridge gives them is ignored"
    return f"an upload with an end taken, and has one, {deleted}", ""


async def _send(route: Route, fields: Json) -> Json | FoundryError:
    """Upload a text, which `Route.leave` deletes if nobody did before; a refusal is returned."""
    limit, file = route.patience.request, ("note.txt", _TEXT, "text/plain")
    # Whoever interrupts now would leave one behind whose id was on the way.
    with anyio.move_on_after(limit, shield=True):
        try:
            made = await route.session.wire.upload(UPLOADS, "an upload", fields, file)
        except FoundryError as failure:
            _check(failure)
            return failure
        if identifier := text_in(made.get("id")):
            route.made.append(f"{UPLOADS}/{identifier}")
        return made
    raise FoundryError("timeout", f"an upload: no answer from the service within {limit:g} s.")


async def _delete(route: Route, made: Json) -> str:
    """Return in words whether an upload could be deleted."""
    if not (identifier := text_in(made.get("id"))):
        return "without an id"
    place, told = f"{UPLOADS}/{identifier}", "deleted"
    # Half a deletion could not be told from one that failed, and a role that is lacking for files
    # is not lacking for everything.
    with anyio.CancelScope(shield=True), route.elsewhere(PROJECT) as there:
        gone = await there.send("DELETE", place)
        if gone.taken:
            route.made.remove(place)
        else:
            told = f"not deleted: {gone.told}"
    return told


async def _look(route: Route) -> tuple[str, str]:
    """Return what is told of a container that is not there, and what is lacking."""
    with route.elsewhere(PROJECT) as there:
        reply = await there.send("GET", NOBODY)
    if reply.failure:
        _check(reply.failure)
    told = f"a container that is not there: {reply.told or f'HTTP {reply.status}'}"
    missed = "a file that is gone is told as another failure"
    return told, "" if reply.status in _GONE else missed


async def _ask(route: Route, part: Json) -> tuple[str, bool]:
    """Return what became of a question with a file, and whether it was answered."""
    content: list[Json] = [{"type": "input_text", "text": SHORT}, part]
    try:
        heard = await route.ask([{"role": "user", "content": content}])
    except FoundryError as failure:
        _check(failure)
        return f"refused: {route.told(failure)}", False
    told = f"taken, {route.blank(heard.status) or 'without an end'}"
    told += f" ({route.blank(heard.error)})" if heard.error else ""
    return told, heard.status == "completed"


def _check(failure: FoundryError) -> None:
    """Tell a refusal from what is none, or passes.

    Raises:
        FoundryError: That is so.
    """
    if failure.status is None or passes(failure):
        raise failure
