"""Connections and deployments of the project."""

from aiohttp import web

from mcp_foundry.emulator.http.calls import Call, Routes, reply
from mcp_foundry.emulator.store.table import Table
from mcp_foundry.emulator.wire.refusals import Refusal
from mcp_foundry.emulator.wire.values import Json

# Credentials that are but a word: who signs in to such a connection brings a token.
WITHOUT_SECRET = ("AAD", "None")


def _matching(items: Table[Json], wanted: dict[str, str | None]) -> web.Response:
    """The items whose fields are as wanted; a filter that was not given wants nothing."""
    shown = [
        item
        for item in items.values()
        if all(value is None or _same(item[key], value) for key, value in wanted.items())
    ]
    return reply({"value": shown})


def _same(value: object, wanted: str) -> bool:
    return str(value).lower() == wanted.lower()


def _find(items: Table[Json], noun: str, name: str) -> Json:
    if name not in items:
        raise Refusal(404, "NotFound", f"{noun} {name} can't be found in this workspace")
    return items[name]


async def list_connections(call: Call) -> web.StreamResponse:
    """GET /connections."""
    query = call.query
    wanted = {"type": query.get("connectionType"), "isDefault": query.get("defaultConnection")}
    return _matching(call.store.connections, wanted)


async def get_connection(call: Call) -> web.StreamResponse:
    """GET /connections/{name}."""
    return reply(_find(call.store.connections, "Connection", call.part("name")))


async def get_with_credentials(call: Call) -> web.StreamResponse:
    """POST /connections/{name}/getConnectionWithCredentials: of those that have no secret."""
    found = _find(call.store.connections, "Connection", call.part("name"))
    if found["credentials"]["type"] not in WITHOUT_SECRET:
        raise Refusal(403, "Forbidden", "The emulator holds no credentials of connections.")
    return reply(found)


async def list_deployments(call: Call) -> web.StreamResponse:
    """GET /deployments."""
    query = call.query
    wanted = {
        "modelPublisher": query.get("modelPublisher"),
        "modelName": query.get("modelName"),
        "type": query.get("deploymentType"),
    }
    return _matching(call.store.deployments, wanted)


async def get_deployment(call: Call) -> web.StreamResponse:
    """GET /deployments/{name}."""
    return reply(_find(call.store.deployments, "Deployment", call.part("name")))


ROUTES: Routes = {
    "GET /connections": list_connections,
    "GET /connections/{name}": get_connection,
    "POST /connections/{name}/getConnectionWithCredentials": get_with_credentials,
    "GET /deployments": list_deployments,
    "GET /deployments/{name}": get_deployment,
}
