"""The routes of the project, and the gateway that every request comes through."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from mcp_foundry.emulator.classic import agents as classic_agents
from mcp_foundry.emulator.classic import handlers as runs
from mcp_foundry.emulator.classic import threads
from mcp_foundry.emulator.door.rights import admit
from mcp_foundry.emulator.faults.behaviour import Behaviour
from mcp_foundry.emulator.faults.fault import Faults, kinds_of
from mcp_foundry.emulator.files import batches, containers, uploads, vector_stores
from mcp_foundry.emulator.http.bodies import LARGEST_FORM, Upload, pass_over, read_body
from mcp_foundry.emulator.http.callers import caller_of
from mcp_foundry.emulator.http.calls import (
    Call,
    Handler,
    Routes,
    envelope,
    reply_with_fault,
)
from mcp_foundry.emulator.http.log import Log
from mcp_foundry.emulator.http.versions import check_version
from mcp_foundry.emulator.openai import chat, embeddings, models
from mcp_foundry.emulator.project import (
    agent_sessions,
    agents,
    connections,
    memory_items,
    memory_stores,
)
from mcp_foundry.emulator.responses import conversations, reading
from mcp_foundry.emulator.responses import handlers as responses
from mcp_foundry.emulator.responses.run import ResponseRun
from mcp_foundry.emulator.runs.engine import Engine
from mcp_foundry.emulator.store.contents import Store
from mcp_foundry.emulator.store.names import PROJECT_PATH
from mcp_foundry.emulator.store.records import KEPT, StoredResponse
from mcp_foundry.emulator.wire.refusals import Refusal
from mcp_foundry.emulator.wire.values import Json, as_object

# A plane is a folder; each of its files says which routes it serves.
ROUTES: Routes = {
    **classic_agents.ROUTES,
    **threads.ROUTES,
    **runs.ROUTES,
    **agents.ROUTES,
    **agent_sessions.ROUTES,
    **connections.ROUTES,
    **memory_stores.ROUTES,
    **memory_items.ROUTES,
    **responses.ROUTES,
    **reading.ROUTES,
    **conversations.ROUTES,
    **uploads.ROUTES,
    **containers.ROUTES,
    **vector_stores.ROUTES,
    **batches.ROUTES,
    **chat.ROUTES,
    **embeddings.ROUTES,
    **models.ROUTES,
}


@dataclass(frozen=True)
class Received:
    """A request as it came in; the path is below the project and without query.

    Attributes:
        caller: The object id that its token has, `operator` where it has none, and empty where it
            is not let in.
        user: Whom it names in `x-ms-user-identity`.
        memory_user: Whom it names in `x-memory-user-id`.
    """

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: object
    caller: str
    user: str
    memory_user: str

    def shown(self) -> Json:
        """What may be told of it: neither its token nor what was said."""
        who = {"caller": self.caller, "user": self.user, "memory_user": self.memory_user}
        return {"method": self.method, "path": self.path, **who}


class Gateway:
    """Books every request, checks it, lets the fault strike, and calls the handler."""

    def __init__(self, store: Store, engine: Engine, faults: Faults, latency: float) -> None:
        self.received: deque[Received] = deque(maxlen=KEPT)
        self.unhandled: list[str] = []
        self.counts: dict[str, int] = {}
        self.busy = 0
        self.behaviour = Behaviour()
        self._store = store
        self._engine = engine
        self._faults = faults
        self._latency = latency

    def reset(self, store: Store) -> None:
        """Forget what was asked and how to be, and serve that store from now on."""
        self._store = store
        self.behaviour = Behaviour()
        for book in (self.received, self.unhandled, self.counts):
            book.clear()

    def routes(self) -> list[web.RouteDef]:
        """All routes, each of which comes through this gateway."""
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
            try:
                return await self._handle(request, path, handler)
            finally:
                self._store.save()
        except Refusal as refusal:
            return envelope(refusal, path)

    async def _handle(
        self, request: web.Request, path: str, handler: Handler
    ) -> web.StreamResponse:
        if handler == self._not_here:
            # Whatever the body is: that there is no such thing here comes first.
            body, upload = await pass_over(request), None
        else:
            body, upload = await read_body(request)
        call = self._book(request, path, body, upload)
        await asyncio.sleep(self._latency + call.fault.delay)
        if call.fault.refuses and not call.fault.after_start:
            return await reply_with_fault(call)
        admit(request, path, call.caller, self._store.callers, call.behaviour)
        if handler != self._not_here and not call.behaviour.unversioned:
            check_version(request, path)
        return await handler(call)

    def _book(self, request: web.Request, path: str, body: object, upload: Upload | None) -> Call:
        headers = {name.lower(): value for name, value in request.headers.items()}
        query = dict(request.query)
        caller = caller_of(request.headers)
        who = caller.name, caller.speaks_for, caller.remembers_for
        self.received.append(Received(request.method, path, query, headers, body, *who))
        kinds = kinds_of(request.method, path, body, query)
        self._engine.created += "run" in kinds
        for kind in kinds or {"other"}:
            self.counts[kind] = self.counts.get(kind, 0) + 1
        fault = self._faults.take(kinds, f"{request.method} {path}")
        self._engine.changed()
        given = as_object(body)
        plane = self._store, self._engine, fault, self.behaviour
        return Call(request, path, given, *plane, caller, upload)

    async def _not_here(self, call: Call) -> web.StreamResponse:
        method, path = call.request.method, call.path
        if not call.request.path.startswith(PROJECT_PATH):
            sentence = f"There is nothing at {path}: this project is at {PROJECT_PATH}"
            raise Refusal(404, "NotFound", sentence)
        self.unhandled.append(f"{method} {path}")
        del self.unhandled[:-KEPT]
        sentence = f"The mcp-foundry emulator does not do {method} {path}"
        raise Refusal(501, "not_implemented", sentence, kind="error")


def make_app(gateway: Gateway, control: list[web.RouteDef], log: Log | None) -> web.Application:
    """The application: the control routes, then the project."""
    watched = [log.middleware] if log else []
    app = web.Application(client_max_size=LARGEST_FORM, middlewares=watched)
    app.add_routes([*control, *gateway.routes()])
    return app


def open_data(store: Store, engine: Engine, file: Path) -> bool:
    """Let an empty store be what a data file holds, and write down there what becomes of it.

    Args:
        store: The store.
        engine: What the work that waits goes on with.
        file: The data file; it is made where there is none.

    Returns:
        Whether it is new.

    Raises:
        DataFileError: It cannot be used.
    """
    # SQLite is loaded for those who asked for it.
    from mcp_foundry.emulator.classic.stored import thread_codec
    from mcp_foundry.emulator.project.stored import memory_codec
    from mcp_foundry.emulator.responses.stored import response_codec
    from mcp_foundry.emulator.store.database import Database
    from mcp_foundry.emulator.store.keeping import Works, keep_store

    def earlier(name: str) -> StoredResponse[ResponseRun] | None:
        return store.responses.get(name)  # whichever table that is by then

    database = Database(file)
    responses = response_codec(engine, earlier)
    keep_store(store, database, Works(responses, thread_codec(engine), memory_codec(engine)))
    engine.keep = store.save
    return database.fresh


def as_state(gateway: Gateway, engine: Engine, connections: int) -> Json:
    """The books, for those who watch from another process."""
    return {
        "received": gateway.counts,
        "runs_created": engine.created,
        "runs_taken": engine.taken,
        "live": list(engine.live),
        "open_connections": connections,
        "busy_connections": gateway.busy,
        "unhandled": gateway.unhandled,
    }
