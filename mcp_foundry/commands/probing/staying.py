"""The sessions in which a hosted agent works: point 12."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_foundry.commands.probing.asked import SHORT
from mcp_foundry.commands.probing.findings import SESSION, Untried
from mcp_foundry.commands.probing.requests import passes
from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.contract.json import text_in

if TYPE_CHECKING:
    from mcp_foundry.commands.probing.findings import Finding
    from mcp_foundry.commands.probing.hearing import Heard
    from mcp_foundry.commands.probing.requests import Route
    from mcp_foundry.commands.probing.subject import Subject
    from mcp_foundry.contract.json import Json

_NAMED = "agent_session_id"
_NO_VERSION = "a version of this agent cannot be asked (NAME:VERSION)"
_NOT_FOUND = 404


async def keep_session(route: Route, subject: Subject) -> Finding:
    """Follow a hosted agent's answer, and ask a version of it in a session made for it.

    Raises:
        Untried: It is not a hosted agent, or it is not known whether it is.
    """
    if not subject.kind:
        raise Untried("whether it is a hosted agent is not known: its definition was not read")
    if not subject.hosted:
        raise Untried("not a hosted agent, so it has no sessions")
    told, lacking = await _follow_up(route)
    version = route.agent.partition(":")[2] or subject.served
    further, missing = await _ask_version(route, subject, version)
    wrong = [*lacking, *missing]
    return SESSION.found(not wrong, f"{told}; {further}", "; ".join(wrong))


async def _follow_up(route: Route) -> tuple[str, list[str]]:
    """Return in which session a follow-up is answered that names none, and what follows."""
    first = await route.ask(SHORT)
    second = await route.ask(SHORT, previous_response_id=first.id)
    began, stayed = _session(first), _session(second)
    told = "a follow-up by previous_response_id alone:"
    if not (began and stayed):
        return f"{told} no session told", ["a conversation may lose its session at each turn"]
    if began != stayed:
        kept = "the bridge names the session itself, so that nothing is lost"
        return f"{told} another session", [kept]
    return f"{told} the same session", []


async def _ask_version(route: Route, subject: Subject, version: str) -> tuple[str, list[str]]:
    """Return what became of a session that was made for a version, and what follows."""
    indicator: Json = {"type": "version_ref", "agent_version": version}
    body = {"version_indicator": indicator}
    made = await route.create(route.at.sessions, body, _NAMED, route.at.session)
    told, name = f"a session for version {route.blank(version)}:", text_in(made.body.get(_NAMED))
    if not name:
        return f"{told} {made.told or 'without an id'}", [_NO_VERSION]
    shown = await route.send("GET", route.at.session(name))
    state = route.blank(shown.state)
    came = f"GET of it {shown.told or f'HTTP {shown.status} {state}'.rstrip()}"
    told = f"{told} HTTP {made.status}; {came}"
    wrong: list[str] = []
    if shown.status == _NOT_FOUND:
        wrong.append("the bridge takes a session for dead that is not")
    elif not shown.taken:
        wrong.append("the bridge does not see that a session has died")
    try:
        heard = await route.ask(SHORT, agent_session_id=name)
    except FoundryError as failure:
        if failure.status is None or passes(failure):
            raise
        return f"{told}; refused in it: {route.told(failure)}", [*wrong, _NO_VERSION]
    told += f"; in it {subject.which(heard.version)}"
    if heard.version != version:
        wrong.append("a version that is asked for may not be the one that answers")
    if _session(heard) != name:
        told += ", in another session"
        wrong.append("a question may be answered in another session than the one that it names")
    if heard.status != "completed":
        told += f" ({route.blank(heard.status) or 'without an end'})"
        wrong.append(_NO_VERSION)
    return told, wrong


def _session(heard: Heard) -> str:
    return text_in(heard.response.get(_NAMED))
