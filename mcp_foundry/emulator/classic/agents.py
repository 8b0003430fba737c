"""Agents of the classic generation."""

from aiohttp import web

from mcp_foundry.emulator.classic.checks import check_agent
from mcp_foundry.emulator.classic.shapes import listed, no_such
from mcp_foundry.emulator.http.calls import Call, Routes, reply
from mcp_foundry.emulator.store.contents import Store
from mcp_foundry.emulator.wire.refusals import invalid
from mcp_foundry.emulator.wire.values import Json, as_list, as_object

# What a caller may set; anything else is let go.
SETTINGS = {
    "model",
    "name",
    "description",
    "instructions",
    "tools",
    "tool_resources",
    "temperature",
    "top_p",
    "response_format",
    "metadata",
}


def find_agent(store: Store, name: str) -> Json:
    """The classic agent of that id, or a refusal."""
    if name not in store.classic_agents:
        raise no_such("assistant", name)
    return store.classic_agents[name]


async def list_agents(call: Call) -> web.StreamResponse:
    """GET /assistants."""
    return reply(listed(list(call.store.classic_agents.values()), call.query))


async def create_agent(call: Call) -> web.StreamResponse:
    """POST /assistants."""
    if not call.body.get("model"):
        raise invalid("Missing required parameter: 'model'.", param="model")
    return reply(call.store.add_classic_agent(**_settings(call.body)))


async def get_agent(call: Call) -> web.StreamResponse:
    """GET /assistants/{agent}."""
    return reply(find_agent(call.store, call.part("agent")))


async def update_agent(call: Call) -> web.StreamResponse:
    """POST /assistants/{agent}."""
    agent = find_agent(call.store, call.part("agent"))
    agent.update({key: value for key, value in _settings(call.body).items() if value is not None})
    return reply(agent)


def _settings(request: Json) -> Json:
    check_agent(request)
    settings = {key: value for key, value in request.items() if key in SETTINGS}
    for tool in map(as_object, as_list(settings.get("tools"))):
        if tool.get("type") == "function":
            as_object(tool.get("function")).setdefault("strict", False)
        elif tool.get("type") == "mcp":
            tool.setdefault("allowed_tools", None)
    return settings


async def delete_agent(call: Call) -> web.StreamResponse:
    """DELETE /assistants/{agent}."""
    name = find_agent(call.store, call.part("agent"))["id"]
    del call.store.classic_agents[name]
    return reply({"id": name, "object": "assistant.deleted", "deleted": True})


ROUTES: Routes = {
    "GET /assistants": list_agents,
    "POST /assistants": create_agent,
    "GET /assistants/{agent}": get_agent,
    "POST /assistants/{agent}": update_agent,
    "DELETE /assistants/{agent}": delete_agent,
}
