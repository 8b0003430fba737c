"""Responses found in the project's list, and by a mark of their own: points 8 and 9."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

import anyio

from mcp_foundry.commands.probing.asked import LONG, SHORT
from mcp_foundry.commands.probing.findings import LISTING, METADATA
from mcp_foundry.commands.probing.requests import blames, passes
from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.contract.json import object_in, objects_in
from mcp_foundry.service.places import PROJECT

if TYPE_CHECKING:
    from mcp_foundry.commands.probing.findings import Finding
    from mcp_foundry.commands.probing.requests import Route
    from mcp_foundry.contract.json import Json

# A page holds whole responses, of up to half a megabyte each.
_LIMIT = 20
_MARK = {"mcp-foundry-probe": "1"}
_UNLISTED = "not listed"


async def list_running(route: Route) -> Finding:
    """List a conversation's responses while one is under way, and once it has ended."""
    conversation = await route.converse()
    async with route.asking(LONG, conversation=conversation) as stream:
        await stream.until(lambda heard: heard.id)
        identifier = stream.heard.id
        found: dict[str, str] = {}

        async def look(name: str, value: str) -> None:
            found[name] = (await _look(route, identifier, **{name: value}))[0]

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(look, "conversation_id", conversation)
            tasks.start_soon(look, "agent_name", route.agent.partition(":")[0])
        await stream.to_the_end()
    after, _ = await _look_patiently(route, identifier, conversation_id=conversation)
    running = [f"by {name} {told}" for name, told in sorted(found.items(), reverse=True)]
    came = f"while it runs {', '.join(running)}; after its end {after}"
    came += f" (asked in the foreground: {route.foreground})" if route.foreground else ""
    early = all(told.startswith("listed") for told in found.values())
    if not after.startswith("listed"):
        follows = "an answer whose id was lost cannot be found in the list"
    elif not early:
        follows = "an answer whose id was lost is found only once it has ended"
    else:
        follows = ""
    return LISTING.found(not follows, came, follows)


async def mark(route: Route) -> Finding:
    """Ask with `metadata`, and look whether it is there again."""
    try:
        heard = await route.ask(SHORT, metadata=_MARK)
    except FoundryError as failure:
        if failure.status is None or passes(failure):
            raise
        follows = (
            "the bridge asks without `metadata` after one refusal"
            if blames(failure, "metadata")
            else "the bridge cannot tell that it is `metadata`, and every question fails"
        )
        return METADATA.found(
            False,
            f"refused: {route.told(failure)}",
            f"{follows}; an answer whose id was lost is not found by its mark",
        )
    reply = await route.read(heard.id)
    read = reply.told or _echo(reply.body)
    name = route.agent.partition(":")[0]
    listed, body = await _look_patiently(route, heard.id, agent_name=name)
    seen = _echo(body) if body else listed
    came = f"taken; GET {read}; in the list {seen}"
    said = {_echo(each) for each in (reply.body, body) if each}
    holds = said == {_ECHOED}
    follows = "" if holds else "an answer whose id was lost is not surely found by its mark"
    return METADATA.found(holds, came, follows)


_ECHOED = "echoes it"


def _echo(response: Json) -> str:
    there = object_in(response.get("metadata"))
    return _ECHOED if there.items() >= _MARK.items() else "drops it"


async def _look(route: Route, identifier: str, **place: str) -> tuple[str, Json]:
    """Return how a response is listed, in words, and as what."""
    query = urlencode({"order": "desc", "limit": _LIMIT, **place})
    reply = await route.send("GET", f"{PROJECT.responses}?{query}")
    if reply.told:
        return reply.told, {}
    for response in objects_in(reply.body.get("data")):
        if response.get("id") == identifier:
            return f"listed as {route.blank(str(response.get('status')))}", response
    return _UNLISTED, {}


async def _look_patiently(route: Route, identifier: str, **place: str) -> tuple[str, Json]:
    """Look until it is listed, for a service may list what has ended late."""
    give_up = anyio.current_time() + route.patience.late
    while True:
        told, response = await _look(route, identifier, **place)
        if told != _UNLISTED or anyio.current_time() > give_up:
            return told, response
        await anyio.sleep(route.patience.poll)
