"""The two places where an agent may be asked, and the sessions of a hosted one: points 11, 12."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

from mcp_foundry.commands.probing.asked import SHORT
from mcp_foundry.commands.probing.findings import ENDPOINT, SESSION, Untried
from mcp_foundry.commands.probing.replies import Reply
from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.contract.json import object_in, text_in
from mcp_foundry.service.places import PROJECT, endpoint_of

if TYPE_CHECKING:
    from mcp_foundry.commands.probing.findings import Finding
    from mcp_foundry.commands.probing.hearing import Heard
    from mcp_foundry.commands.probing.requests import Route
    from mcp_foundry.contract.json import Json

_NO_ROUTE = "MCP_FOUNDRY_ROUTE=agent cannot be used with this agent"


async def ask_at_the_other_place(route: Route, served: str) -> Finding:
    """Ask an agent where the points before did not.

    Args:
        route: The way that they took.
        served: The version that the agent's endpoint is said to serve; empty where not known.
    """
    name = route.agent.partition(":")[0]
    if route.at == PROJECT:
        return await _ask_at_endpoint(route, route.at_place(endpoint_of(name)), served)
    return await _ask_the_project(route, route.at_place(PROJECT))


async def _ask_at_endpoint(route: Route, there: Route, served: str) -> Finding:
    try:
        heard = await there.ask(SHORT)
    except FoundryError as failure:
        if failure.status is None or failure.code == "rate_limited":
            raise
        return ENDPOINT.found(False, f"refused: {route.told(failure)}", _NO_ROUTE)
    finally:
        route.taken += there.taken
    read, through = await there.read(heard.id), await route.read(heard.id)
    version = _version(heard)
    came = (
        f"taken, {route.blank(heard.status) or 'without an end'}; "
        f"background echoed {str(heard.background).lower()}; "
        f"{_served(version, served)}; GET there {_told(route, read)}, through the project "
        f"{_told(route, through)}"
    )
    if there.foreground:
        came += f" (asked in the foreground: {there.foreground})"
    wrong = [_NO_ROUTE] if heard.status != "completed" else []
    # That no response can be read by its id is told by point 3.
    if not read.taken and read.status != through.status:
        wrong.append("what is answered there cannot be fetched there")
    if served != version:
        wrong.append("the version that answers is not the one that is served")
    return ENDPOINT.found(not wrong, came, "; ".join(wrong))


async def _ask_the_project(route: Route, there: Route) -> Finding:
    """Ask a hosted agent through the project, which should refuse it."""
    reply = await there.send("POST", PROJECT.responses, there.body(SHORT))
    route.taken += reply.taken
    came = f"through the project: {_told(route, reply)}"
    if route.completed:
        read = await there.read(route.completed)
        came += f"; GET of its response there {_told(route, read)}"
    told = reply.failure.code if reply.failure else ""
    if reply.taken:
        follows = "the bridge asks it through the project until it has been listed, which works"
    elif told not in {"invalid_request", "agent_not_found"}:
        follows = f"the bridge takes that for {told}: call list_agents before you ask it"
    else:
        follows = ""
    return ENDPOINT.found(not follows, came, follows)


async def keep_session(route: Route, served: str, *, hosted: bool) -> Finding:
    """Follow a hosted agent's answer, and ask a version of it in a session made for it.

    Raises:
        Untried: It is not a hosted agent.
    """
    if not hosted:
        raise Untried("not a hosted agent, so it has no sessions")
    first = await route.ask(SHORT)
    second = await route.ask(SHORT, previous_response_id=first.id)
    began, stayed = _session(first.response), _session(second.response)
    same = "the same session" if began == stayed else "another session"
    came = f"a follow-up by previous_response_id alone: {same if began else 'no session told'}"
    made = await _make(route, served)
    identifier = text_in(made.body.get("agent_session_id"))
    if not identifier:
        told = f"{came}; a session for a version: {made.told or 'without an id'}"
        return SESSION.found(False, told, "a version of this agent cannot be asked (NAME:VERSION)")
    shown = await route.send("GET", route.at.session(identifier))
    third = await route.ask(SHORT, agent_session_id=identifier)
    version = _version(third)
    came += (
        f"; a session for version {served}: HTTP {made.status}, {_served(version, served)}; GET "
        f"of it {_told(route, shown)}"
    )
    wrong: list[str] = []
    if began != stayed:
        wrong.append("the bridge names the session itself, so that nothing is lost")
    if version != served:
        wrong.append("a version that is asked for may not be the one that answers")
    return SESSION.found(not wrong, came, "; ".join(wrong))


async def _make(route: Route, version: str) -> Reply:
    indicator: Json = {"type": "version_ref", "agent_version": version}
    made = Reply(0)
    # Whoever interrupts now would leave one behind whose id was on the way.
    with anyio.CancelScope(shield=True):
        made = await route.send("POST", route.at.sessions, {"version_indicator": indicator})
        if identifier := text_in(made.body.get("agent_session_id")):
            route.made.append(route.at.session(identifier))
    return made


def _session(response: Json) -> str:
    return text_in(response.get("agent_session_id"))


def _version(heard: Heard) -> str:
    return text_in(object_in(heard.response.get("agent_reference")).get("version"))


def _served(version: str, served: str) -> str:
    if not served:
        return "the served version is not known"
    return "the served version answered" if version == served else "another version answered"


def _told(route: Route, reply: Reply) -> str:
    state = route.blank(reply.state)
    return reply.told or f"HTTP {reply.status}{f' {state}' if state else ''}"
