"""Sessions of hosted agents: the containers in which they work."""

import re
import secrets
import time

from aiohttp import web

from mcp_foundry.emulator.http.calls import STANDARD_HEADERS, Call, Routes, reply
from mcp_foundry.emulator.store.records import AgentSession
from mcp_foundry.emulator.wire.limits import check_kinds
from mcp_foundry.emulator.wire.refusals import Refusal, invalid, not_found, told_by_schema
from mcp_foundry.emulator.wire.shapes import page, with_ends
from mcp_foundry.emulator.wire.sse import sse
from mcp_foundry.emulator.wire.values import Json, as_object, as_text, encode, now

OWN_ID = re.compile(r"[A-Za-z0-9_-]{8,128}")
SECONDS = 30 * 24 * 3600
NO_SESSIONS = "Agent '{agent}' is not a hosted agent, and has no sessions."
NOT_READY = "Session '{session}' did not become ready within the expected timeout"


def begin_session(call: Call, agent: str, version: str, name: str = "") -> AgentSession:
    """Begin a session, which may take its time to be ready."""
    created = now()
    info: Json = {
        "agent_session_id": name or secrets.token_hex(25),
        "version_indicator": {"type": "version_ref", "agent_version": version},
        "status": "active",
        "created_at": created,
        "last_accessed_at": created,
        "expires_at": created + SECONDS,
    }
    ready = time.monotonic() + call.behaviour.cold_start
    session = AgentSession(info, agent, call.caller.user, ready)
    call.store.sessions[session.id] = session
    return session


def find_session(call: Call, agent: str, name: str, *, to_ask: bool = False) -> AgentSession:
    """The session of that name.

    Args:
        call: The request.
        agent: Whose session it is.
        name: Its id.
        to_ask: Whether a question is to be asked in it. Tried by others at the service: any user
            for whom a middle tier speaks may do so, who only knows the id.

    Raises:
        Refusal: There is none, or it is somebody else's.
    """
    session = call.store.sessions.get(name)
    if session is None or session.agent != agent:
        raise not_found("Session", name)
    if session.user != call.caller.user and not (to_ask and call.caller.speaks_for):
        sentence = f"Session '{name}' is not accessible to this user"
        raise Refusal(403, "session_not_accessible", sentence)
    return session


def check_usable(call: Call, session: AgentSession) -> None:
    """Refuse a question in a session that has ended, or that is not ready and refuses meanwhile."""
    _check_alive(session)
    session.info.update(status="active", last_accessed_at=now())
    if call.behaviour.cold == "refuses" and time.monotonic() < session.ready:
        sentence = NOT_READY.format(session=session.id)
        headers = {"x-agent-session-id": session.id}
        raise Refusal(424, "session_not_ready", sentence, headers=headers)


def _check_alive(session: AgentSession) -> None:
    if session.over:
        raise not_found("Session", session.id)


def _hosted(call: Call) -> str:
    agent = call.store.agent(call.part("agent"))
    if agent.kind != "hosted":
        raise invalid(NO_SESSIONS.format(agent=agent.name))
    return agent.name


def _shown(session: AgentSession) -> Json:
    starting = session.info["status"] == "active" and time.monotonic() < session.ready
    return {**session.info, "status": "creating"} if starting else session.info


async def create(call: Call) -> web.StreamResponse:
    """POST /agents/{agent}/endpoint/sessions."""
    agent = call.store.agent(_hosted(call))
    indicator = as_object(call.body.get("version_indicator"))
    with told_by_schema():
        check_kinds(call.body, {"version_indicator": "an object", "agent_session_id": "a string"})
        check_kinds(indicator, {"type": "a string", "agent_version": "a string"})
    asked = as_text(indicator.get("agent_version")) or agent.served
    version = call.store.agent_version(agent.name, asked)["version"]
    name = as_text(call.body.get("agent_session_id"))
    if name and not OWN_ID.fullmatch(name):
        raise invalid("The session id is not valid.", param="agent_session_id")
    if (there := call.store.sessions.get(name)) and there.info["status"] != "deleted":
        raise Refusal(409, "conflict", f"Session '{name}' already exists", kind="error")
    return reply(_shown(begin_session(call, agent.name, version, name)), 201, STANDARD_HEADERS)


async def list_sessions(call: Call) -> web.StreamResponse:
    """GET /agents/{agent}/endpoint/sessions, of the one who asks."""
    agent, user = _hosted(call), call.caller.user
    mine = [s for s in call.store.sessions.values() if (s.agent, s.user) == (agent, user)]
    shown = [_shown(each) for each in mine if each.info["status"] != "deleted"]
    key = "agent_session_id"
    return reply(with_ends(page(shown, call.query, key=key), key=key), headers=STANDARD_HEADERS)


async def get(call: Call) -> web.StreamResponse:
    """GET /agents/{agent}/endpoint/sessions/{session}."""
    session = find_session(call, _hosted(call), call.part("session"))
    if session.info["status"] == "deleted":
        raise not_found("Session", session.id)
    return reply(_shown(session), headers=STANDARD_HEADERS)


async def stop(call: Call) -> web.StreamResponse:
    """POST /agents/{agent}/endpoint/sessions/{session}:stop; its files stay."""
    session = find_session(call, _hosted(call), call.part("session"))
    _check_alive(session)
    session.info["status"] = "idle"
    return web.Response(status=204)


async def delete(call: Call) -> web.StreamResponse:
    """DELETE /agents/{agent}/endpoint/sessions/{session}; one that is not there is gone, too."""
    agent, name = _hosted(call), call.part("session")
    if name in call.store.sessions and call.store.sessions[name].agent == agent:
        find_session(call, agent, name).info["status"] = "deleted"
    return web.Response(status=204)


async def stream_log(call: Call) -> web.StreamResponse:
    """GET /agents/{agent}/versions/{version}/sessions/{session}:logstream, as recorded."""
    session = find_session(call, _hosted(call), call.part("session"))
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime())
    state: Json = {"timestamp": stamp, "session_id": session.id, "session_state": "Running"}
    state.update({"agent": session.agent, "generated_at": stamp, "last_accessed": stamp})
    lines = [
        ("status", "Connecting to the container..."),
        ("stderr", "The emulator's agents run in no container, and log nothing."),
        ("status", "No logs since last 20 seconds"),
    ]
    told = [state, *({"timestamp": stamp, "stream": s, "message": m} for s, m in lines)]
    body = b"".join(sse("log", encode(each)) for each in told)
    headers = {"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-store"}
    return web.Response(body=body, headers=headers)


ROUTES: Routes = {
    "POST /agents/{agent}/endpoint/sessions": create,
    "GET /agents/{agent}/endpoint/sessions": list_sessions,
    "POST /agents/{agent}/endpoint/sessions/{session}:stop": stop,
    "GET /agents/{agent}/endpoint/sessions/{session}": get,
    "DELETE /agents/{agent}/endpoint/sessions/{session}": delete,
    "GET /agents/{agent}/versions/{version}/sessions/{session}:logstream": stream_log,
}
