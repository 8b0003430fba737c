"""Agents of the new generation and their versions."""

from aiohttp import web

from mcp_foundry.emulator.http.calls import STANDARD_HEADERS, Call, Routes, reply
from mcp_foundry.emulator.project.definitions import check_endpoint, check_version
from mcp_foundry.emulator.wire.refusals import Refusal
from mcp_foundry.emulator.wire.shapes import page, with_ends
from mcp_foundry.emulator.wire.values import Json, as_object, as_text, new_id


def _page(items: list[Json], call: Call) -> web.Response:
    return reply(with_ends(page(items, call.query)), headers=STANDARD_HEADERS)


def _refresh(version: Json) -> Json:
    """A version as a later GET shows it: a hosted agent's container is up by then."""
    if version["status"] == "creating":
        version.update(status="active", agent_guid=new_id("guid"))
    return version


async def list_agents(call: Call) -> web.StreamResponse:
    """GET /agents."""
    kind = call.query.get("kind")
    agents = [agent.body() for agent in call.store.agents.values()]
    if kind:
        agents = [a for a in agents if a["versions"]["latest"]["definition"]["kind"] == kind]
    return _page(agents, call)


async def get_agent(call: Call) -> web.StreamResponse:
    """GET /agents/{agent}."""
    return reply(call.store.agent(call.part("agent")).body(), headers=STANDARD_HEADERS)


async def patch_agent(call: Call) -> web.StreamResponse:
    """PATCH /agents/{agent}."""
    agent = call.store.agent(call.part("agent"))
    patch = {k: v for k, v in call.body.items() if k in {"agent_endpoint", "agent_card"}}
    there = agent.extra
    if as_object(patch.get("agent_endpoint")):
        scheme = {"type": "Entra", "isolation_key_source": {"kind": "Entra"}}
        there = {"agent_endpoint": {"authorization_schemes": [scheme]}, **there}
    patched = merged(there, patch)
    check_endpoint(agent, patched)
    agent.extra = patched
    identity = {"principal_id": "emulator", "client_id": "emulator"}
    blueprint = {"type": "ManagedAgentIdentityBlueprint", "blueprint_id": f"{agent.name}-emulator"}
    _refresh(agent.latest)
    body = {**agent.body(), "instance_identity": identity, "blueprint_reference": blueprint}
    return reply(body, headers=STANDARD_HEADERS)


def merged(there: Json, patch: Json) -> Json:
    """What is there with a merge-patch made to it (RFC 7396)."""
    result = {name: value for name, value in there.items() if patch.get(name, value) is not None}
    for name, value in patch.items():
        if (part := as_object(value)) or value == {}:
            result[name] = merged(as_object(there.get(name)), part)
        elif value is not None:
            result[name] = value
    return result


async def delete_agent(call: Call) -> web.StreamResponse:
    """DELETE /agents/{agent}."""
    name = call.store.agent(call.part("agent")).name
    _end_sessions(call, name)
    del call.store.agents[name]
    return reply({"object": "agent.deleted", "name": name, "deleted": True})


async def enable(call: Call) -> web.StreamResponse:
    """POST /agents/{agent}:enable."""
    return _set_enabled(call, enabled=True)


async def disable(call: Call) -> web.StreamResponse:
    """POST /agents/{agent}:disable."""
    return _set_enabled(call, enabled=False)


def _set_enabled(call: Call, *, enabled: bool) -> web.Response:
    call.store.agent(call.part("agent")).enabled = enabled
    return web.Response(status=204)


async def list_versions(call: Call) -> web.StreamResponse:
    """GET /agents/{agent}/versions; drafts only where they are asked for."""
    versions = list(call.store.agent(call.part("agent")).versions.values())
    drafts = call.query.get("include_drafts", "").lower() == "true"
    return _page([each for each in versions if drafts or not each.get("draft")], call)


async def get_version(call: Call) -> web.StreamResponse:
    """GET /agents/{agent}/versions/{version}."""
    version = call.store.agent_version(call.part("agent"), call.part("version"))
    return reply(_refresh(version), headers=STANDARD_HEADERS)


async def create_version(call: Call) -> web.StreamResponse:
    """POST /agents/{agent}/versions."""
    name = call.part("agent")
    check_version(name, call.body, call.previews())
    definition = as_object(call.body.get("definition"))
    if definition["kind"] == "external":
        # Documented: the name of the agent where none is given, and always shown.
        definition.setdefault("otel_agent_id", name)
    version = call.store.add_agent(
        name,
        description=as_text(call.body.get("description")),
        metadata=as_object(call.body.get("metadata")),
        definition=definition,
        draft=call.body.get("draft") is True,
    )
    if definition["kind"] == "hosted":
        version["status"] = "creating"
    return reply(version, headers=STANDARD_HEADERS)


async def delete_version(call: Call) -> web.StreamResponse:
    """DELETE /agents/{agent}/versions/{version}; an agent without versions is gone."""
    agent = call.store.agent(call.part("agent"))
    version = call.store.agent_version(agent.name, call.part("version"))["version"]
    _end_sessions(call, agent.name, version)
    # An endpoint that points to it goes on doing so, and whoever asks there is told: what the
    # service does is not known.
    del agent.versions[version]
    if not agent.versions:
        del call.store.agents[agent.name]
    body = {"object": "agent.version.deleted", "name": agent.name, "version": version}
    return reply({**body, "deleted": True}, headers=STANDARD_HEADERS)


def _end_sessions(call: Call, agent: str, version: str = "") -> None:
    """End a hosted agent's sessions with it; documented: unless forced, those at work forbid it."""
    mine = [each for each in call.store.sessions.values() if each.agent == agent]
    mine = [each for each in mine if not version or each.version == version]
    forced = call.query.get("force", "").lower() == "true"
    if not forced and any(each.info["status"] == "active" for each in mine):
        what = f"Version '{agent}:{version}'" if version else f"Agent '{agent}'"
        sentence = f"{what} has active sessions. Delete them first, or set 'force' to true."
        raise Refusal(409, "conflict", sentence, kind="error")
    for each in mine:
        each.info["status"] = "deleted"


ROUTES: Routes = {
    "GET /agents": list_agents,
    "POST /agents/{agent}:enable": enable,
    "POST /agents/{agent}:disable": disable,
    "GET /agents/{agent}": get_agent,
    "PATCH /agents/{agent}": patch_agent,
    "DELETE /agents/{agent}": delete_agent,
    "GET /agents/{agent}/versions": list_versions,
    "POST /agents/{agent}/versions": create_version,
    "GET /agents/{agent}/versions/{version}": get_version,
    "DELETE /agents/{agent}/versions/{version}": delete_version,
}
