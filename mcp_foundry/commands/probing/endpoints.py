"""An agent's own endpoint, compared with the project's route to the same agent: point 11."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_foundry.commands.probing.asked import SHORT
from mcp_foundry.commands.probing.findings import ENDPOINT, Untried
from mcp_foundry.commands.probing.following import resume_from
from mcp_foundry.commands.probing.requests import WITHOUT_ROLE, passes
from mcp_foundry.commands.probing.starting import beginning
from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.service.places import ELSEWHERE, PROJECT, endpoint_of

if TYPE_CHECKING:
    from mcp_foundry.commands.probing.findings import Finding
    from mcp_foundry.commands.probing.hearing import Heard
    from mcp_foundry.commands.probing.replies import Reply
    from mcp_foundry.commands.probing.requests import Route
    from mcp_foundry.commands.probing.subject import Subject

_ROUTE = "MCP_FOUNDRY_ROUTE=agent can be used with this agent"
_NO_ROUTE = "MCP_FOUNDRY_ROUTE=agent cannot be used with this agent"
# After these the bridge looks whether it asked at the wrong place, see `Routes.misdirected`.
_STATUSES = frozenset({400, 404, 405, 422})
_CODES = frozenset({"invalid_request", "agent_not_found"})
_ROLE = frozenset({"forbidden", "unauthenticated"})


async def compare_places(route: Route, subject: Subject) -> Finding:
    """Ask a hosted agent through the project, and any other one at its own endpoint."""
    own = endpoint_of(route.agent.partition(":")[0])
    with route.elsewhere(PROJECT if route.at.own else own) as there:
        if subject.hosted:
            return await _ask_the_project(route, there)
        if route.at.own:
            return await _ask_at_endpoint(route, there, subject)
        return await _ask_at_endpoint(there, route, subject)


async def _ask_at_endpoint(own: Route, through: Route, subject: Subject) -> Finding:
    """Ask at the endpoint, and look for the answer there and through the project."""
    try:
        heard = await own.ask(SHORT)
    except FoundryError as failure:
        if failure.status is None or passes(failure):
            raise
        _check_role(failure.code, through)
        return ENDPOINT.found(False, f"refused: {own.told(failure)}", _NO_ROUTE)
    came = f"taken, {own.blank(heard.status) or 'without an end'}; {beginning(own, heard)}"
    if own.foreground:
        came += f" (asked in the foreground: {own.foreground})"
    came += f"; {subject.which(heard.version)}"
    wrong: list[str] = []
    if subject.served and heard.version != subject.served:
        wrong.append("the version that answers there is not surely the one that is served")
    if heard.id:
        for told, lacking in (
            await _fetch(own, through, heard),
            await _stream_again(own, through, heard),
        ):
            came += f"; {told}"
            wrong += [lacking] if lacking else []
    if heard.status != "completed" or not heard.id:
        return ENDPOINT.found(False, came, _NO_ROUTE)
    if heard.background is not True and not own.foreground:
        wrong.append("`background` is ignored there: a broken connection loses the answer")
    return ENDPOINT.found(not wrong, came, "; ".join([_ROUTE, *wrong]))


async def _fetch(own: Route, through: Route, heard: Heard) -> tuple[str, str]:
    """Return how the answer is read at both places, and what is lacking."""
    read, other = await own.read(heard.id), await through.read(heard.id)
    told = f"GET there {_told(own, read)}, through the project {_told(own, other)}"
    # That no response can be read by its id is told by point 3.
    lacks = not read.taken and read.status != other.status
    return told, "what is answered there cannot be fetched there" if lacks else ""


async def _stream_again(own: Route, through: Route, heard: Heard) -> tuple[str, str]:
    """Return how the answer is streamed once more, and what is lacking."""
    if heard.background is not True:
        return "not streamed again, for it is no background response", ""
    again = await resume_from(own, heard.id, None)
    if again.ended and again.numbers == heard.numbers:
        return "with stream=true all its events once more", ""
    told = f"with stream=true {again.told(None)}"
    # That no response can be streamed again is told by point 4.
    other = await resume_from(through, heard.id, None)
    if not other.ended:
        return told, ""
    return f"{told}, through the project all of it", "a broken stream cannot be resumed there"


async def _ask_the_project(route: Route, there: Route) -> Finding:
    """Ask a hosted agent through the project, which should refuse it.

    Raises:
        FoundryError: It says to come back.
    """
    reply = await there.send("POST", PROJECT.responses, there.body(SHORT))
    there.taken += reply.taken
    if reply.failure and passes(reply.failure):
        raise reply.failure
    code = reply.failure.code if reply.failure else ""
    _check_role(code, route)
    came = f"through the project: {_told(route, reply)}"
    wrong: list[str] = []
    if reply.taken:
        wrong.append("the bridge asks it through the project until it has been listed, which works")
    elif code in _ROLE:
        wrong.append("with this role, set MCP_FOUNDRY_ROUTE=agent")
    elif code not in _CODES or reply.status not in _STATUSES:
        wrong.append(f"the bridge takes that for {code}: call list_agents before you ask it")
    if route.completed:
        read = await there.read(route.completed)
        came += f"; GET of its response there {_told(route, read)}"
        if not read.taken and read.status not in ELSEWHERE:
            wrong.append("an answer whose id names no agent is not looked for at its endpoint")
    else:
        came += "; GET of its response there not tried, for none completed in the background"
    return ENDPOINT.found(not wrong, came, "; ".join(wrong))


def _check_role(code: str, usual: Route) -> None:
    """Tell a role that is lacking at this place alone from one that is lacking everywhere.

    Raises:
        Untried: Nothing was taken at the usual place either.
    """
    if code in _ROLE and not usual.taken:
        raise Untried(WITHOUT_ROLE)


def _told(route: Route, reply: Reply) -> str:
    state = route.blank(reply.state)
    return reply.told or f"HTTP {reply.status}{f' {state}' if state else ''}"
