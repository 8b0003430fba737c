"""The routes of the project, and the door that every request comes through."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from mcp_foundry.emulator import PROJECT_PATH
from mcp_foundry.emulator.classic import asking as classic_runs
from mcp_foundry.emulator.classic import threads as classic
from mcp_foundry.emulator.faults.fault import Faults, kinds_of
from mcp_foundry.emulator.http.calls import Call, Handler, envelope, misbehave, read_json
from mcp_foundry.emulator.project import agents
from mcp_foundry.emulator.project import connections as project
from mcp_foundry.emulator.project import memory_stores as memory
from mcp_foundry.emulator.responses import conversations
from mcp_foundry.emulator.responses import handlers as responses
from mcp_foundry.emulator.runs.engine import Engine
from mcp_foundry.emulator.store.contents import Store
from mcp_foundry.emulator.store.records import KEPT
from mcp_foundry.emulator.wire.values import Json, Refusal, as_object

UNAUTHORIZED = (
    "Unauthorized. Access token is missing, invalid, audience is incorrect "
    "(https://ai.azure.com), or have expired."
)
# A message of a few megabytes is a case that the tests try; the service takes it too.
LARGEST_BODY = 64 * 1024 * 1024

_RESPONSES: dict[str, Handler] = {
    "GET /{response}": responses.get,
    "DELETE /{response}": responses.delete,
    "POST /{response}/cancel": responses.cancel,
    "GET /{response}/input_items": responses.list_input_items,
}

ROUTES: dict[str, Handler] = {
    "GET /assistants": classic.list_agents,
    "POST /assistants": classic.create_agent,
    "GET /assistants/{agent}": classic.get_agent,
    "POST /assistants/{agent}": classic.update_agent,
    "DELETE /assistants/{agent}": classic.delete_agent,
    "POST /threads": classic.create_thread,
    "POST /threads/runs": classic_runs.create_with_thread,
    "GET /threads/{thread}": classic.get_thread,
    "DELETE /threads/{thread}": classic.delete_thread,
    "GET /threads/{thread}/messages": classic.list_messages,
    "POST /threads/{thread}/messages": classic.create_message,
    "GET /threads/{thread}/messages/{message}": classic.get_message,
    "GET /threads/{thread}/runs": classic_runs.list_runs,
    "POST /threads/{thread}/runs": classic_runs.create,
    "GET /threads/{thread}/runs/{run}": classic_runs.get,
    "POST /threads/{thread}/runs/{run}/cancel": classic_runs.cancel,
    "POST /threads/{thread}/runs/{run}/submit_tool_outputs": classic_runs.submit,
    "GET /threads/{thread}/runs/{run}/steps": classic_runs.list_steps,
    "GET /threads/{thread}/runs/{run}/steps/{step}": classic_runs.get_step,
    "GET /agents": agents.list_agents,
    "POST /agents/{agent}:enable": agents.enable,
    "POST /agents/{agent}:disable": agents.disable,
    "GET /agents/{agent}": agents.get_agent,
    "PATCH /agents/{agent}": agents.patch_agent,
    "DELETE /agents/{agent}": agents.delete_agent,
    "GET /agents/{agent}/versions": agents.list_versions,
    "POST /agents/{agent}/versions": agents.create_version,
    "GET /agents/{agent}/versions/{version}": agents.get_version,
    "DELETE /agents/{agent}/versions/{version}": agents.delete_version,
    "POST /agents/{agent}/endpoint/sessions": agents.create_session,
    "DELETE /agents/{agent}/endpoint/sessions/{session}": agents.delete_session,
    "POST /openai/v1/responses": responses.create,
    "POST /agents/{agent}/endpoint/protocols/openai/responses": responses.create_at_agent,
    "POST /openai/v1/conversations": conversations.create,
    "GET /openai/v1/conversations/{conversation}": conversations.get,
    "POST /openai/v1/conversations/{conversation}": conversations.update,
    "DELETE /openai/v1/conversations/{conversation}": conversations.delete,
    "GET /openai/v1/conversations/{conversation}/items": conversations.list_items,
    "POST /openai/v1/conversations/{conversation}/items": conversations.create_items,
    "GET /openai/v1/conversations/{conversation}/items/{item}": conversations.get_item,
    "DELETE /openai/v1/conversations/{conversation}/items/{item}": conversations.delete_item,
    "GET /connections": project.list_connections,
    "GET /connections/{name}": project.get_connection,
    "POST /connections/{name}/getConnectionWithCredentials": project.refuse_credentials,
    "GET /deployments": project.list_deployments,
    "GET /deployments/{name}": project.get_deployment,
    "GET /memory_stores": memory.list_stores,
    "POST /memory_stores": memory.create_store,
    "POST /memory_stores/{name}:update_memories": memory.update,
    "POST /memory_stores/{name}:search_memories": memory.search,
    "POST /memory_stores/{name}:delete_scope": memory.delete_scope,
    "GET /memory_stores/{name}/updates/{update}": memory.get_update,
    "GET /memory_stores/{name}": memory.get_store,
    "DELETE /memory_stores/{name}": memory.delete_store,
}
for _line, _handler in _RESPONSES.items():
    _method, _path = _line.split(" ")
    ROUTES[f"{_method} /openai/v1/responses{_path}"] = _handler
    ROUTES[f"{_method} /agents/{{agent}}/endpoint/protocols/openai/responses{_path}"] = _handler


@dataclass(frozen=True)
class Received:
    """A request as it came in; the path is below the project and without query."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: object


def check_token(request: web.Request) -> None:
    """Refuse a request without a bearer token; any token will do."""
    if not request.headers.get("Authorization", "").startswith("Bearer "):
        raise Refusal(401, "Unauthorized", UNAUTHORIZED, kind="error")


class Door:
    """Books every request, checks it, lets the fault strike, and calls the handler."""

    def __init__(self, store: Store, engine: Engine, faults: Faults, latency: float) -> None:
        self.received: deque[Received] = deque(maxlen=KEPT)
        self.unhandled: list[str] = []
        self.counts: dict[str, int] = {}
        self.busy = 0
        self._store = store
        self._engine = engine
        self._faults = faults
        self._latency = latency

    def routes(self) -> list[web.RouteDef]:
        """All routes, each of which comes through this door."""
        table = [
            web.route(line.split(" ")[0], PROJECT_PATH + line.split(" ")[1], self._through(handler))
            for line, handler in ROUTES.items()
        ]
        return [*table, web.route("*", "/{anything:.*}", self._through(self._not_here))]

    def _through(self, handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def enter(request: web.Request) -> web.StreamResponse:
            self.busy += 1
            try:
                return await self._enter(request, handler)
            finally:
                self.busy -= 1
                self._engine.changed()

        return enter

    async def _enter(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        path = request.path.removeprefix(PROJECT_PATH)
        try:
            body = await read_json(request)
            call = self._book(request, path, body)
            await asyncio.sleep(self._latency + call.fault.delay)
            if call.fault.refuses and not call.fault.after_start:
                return await misbehave(call)
            check_token(request)
            return await handler(call)
        except Refusal as refusal:
            return envelope(refusal, path)

    def _book(self, request: web.Request, path: str, body: object) -> Call:
        headers = {name.lower(): value for name, value in request.headers.items()}
        query = dict(request.query)
        self.received.append(Received(request.method, path, query, headers, body))
        kinds = kinds_of(request.method, path, body)
        self._engine.created += "run" in kinds
        for kind in kinds or {"other"}:
            self.counts[kind] = self.counts.get(kind, 0) + 1
        fault = self._faults.take(kinds, f"{request.method} {path}")
        self._engine.changed()
        return Call(request, path, as_object(body), self._store, self._engine, fault)

    async def _not_here(self, call: Call) -> web.StreamResponse:
        method, path = call.request.method, call.path
        if not call.request.path.startswith(PROJECT_PATH):
            sentence = f"There is nothing at {path}: this project is at {PROJECT_PATH}"
            raise Refusal(404, "NotFound", sentence)
        self.unhandled.append(f"{method} {path}")
        del self.unhandled[:-KEPT]
        sentence = f"The mcp-foundry emulator does not do {method} {path}"
        raise Refusal(501, "not_implemented", sentence, kind="error")


def make_app(door: Door, control: list[web.RouteDef]) -> web.Application:
    """The application: the control routes, then the project."""
    app = web.Application(client_max_size=LARGEST_BODY)
    app.add_routes([*control, *door.routes()])
    return app


def as_state(door: Door, engine: Engine, connections: int) -> Json:
    """The books, for those who watch from another process."""
    return {
        "received": door.counts,
        "runs_created": engine.created,
        "runs_taken": engine.taken,
        "live": list(engine.live),
        "open_connections": connections,
        "busy_connections": door.busy,
        "unhandled": door.unhandled,
    }
