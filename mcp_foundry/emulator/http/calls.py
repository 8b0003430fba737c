"""One request as the handlers see it, and the replies they give."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from mcp_foundry.emulator.faults.behaviour import Behaviour
from mcp_foundry.emulator.faults.fault import Fault
from mcp_foundry.emulator.http.bodies import Upload
from mcp_foundry.emulator.http.callers import Caller
from mcp_foundry.emulator.runs.engine import Engine
from mcp_foundry.emulator.store.contents import Store
from mcp_foundry.emulator.wire.refusals import Refusal
from mcp_foundry.emulator.wire.values import Json, encode, to_bytes

STANDARD_HEADERS = {
    "api-supported-versions": "1.0,2025-05-15-preview,2025-11-15-preview",
    "x-ms-response-type": "standard",
}
RATE_HEADERS = {
    "x-ratelimit-limit-requests": "22700",
    "x-ratelimit-remaining-requests": "22698",
    "x-ratelimit-reset-requests": "0",
    "x-ratelimit-limit-tokens": "2270000",
    "x-ratelimit-remaining-tokens": "2263924",
    "x-ratelimit-reset-tokens": "0",
    "skip-error-remapping": "true",
    "openai-processing-ms": "7",
}


@dataclass
class Call:
    """A request to the project: its path is below the project and without query."""

    request: web.Request
    path: str
    body: Json
    store: Store
    engine: Engine
    fault: Fault
    behaviour: Behaviour
    caller: Caller
    upload: Upload | None = None

    def part(self, name: str) -> str:
        """A part of the path."""
        return self.request.match_info[name]

    @property
    def query(self) -> dict[str, str]:
        """The query."""
        return dict(self.request.query)

    def meets(self, user: str, *, hosted: bool) -> bool:
        """Whether what is that user's is there for this request.

        Args:
            user: Whose it is.
            hosted: Whether it is of a hosted agent, which always keeps users apart.
        """
        apart = "agent" in self.request.match_info or self.behaviour.isolation == "everywhere"
        apart = apart and self.behaviour.isolation != "hosted"
        return user == self.caller.user or not (hosted or apart)

    def previews(self) -> set[str]:
        """The preview features that the request opts in to, in `Foundry-Features`."""
        given = self.request.headers.get("Foundry-Features", "")
        return {each.strip() for each in given.split(",") if each.strip()}


Handler = Callable[[Call], Awaitable[web.StreamResponse]]
Routes = dict[str, Handler]
"""Handlers by "METHOD path", the path below the project."""


def reply(body: Json, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """A JSON reply."""
    return web.Response(
        body=to_bytes(encode(body)), status=status, headers=headers, content_type="application/json"
    )


def envelope(refusal: Refusal, path: str) -> web.Response:
    """A refusal in the words of the plane that serves the path."""
    request_id = uuid.uuid4().hex
    openai = path.startswith("/openai/v1/") or "/protocols/openai/" in path
    if refusal.shape == "bare":
        error: Json = {"code": refusal.code, "message": refusal.message}
    elif openai and refusal.shape == "plane":
        error = {"message": refusal.message, "type": refusal.kind}
        error.update({"param": refusal.param, "code": refusal.code or None})
    else:
        error = {"code": refusal.code or None, "message": refusal.message, "type": refusal.kind}
        error.update({} if refusal.param is None else {"param": refusal.param})
        error.update({"details": refusal.details, "additionalInfo": {"request_id": request_id}})
    headers = {"x-request-id": request_id, "apim-request-id": request_id, **refusal.headers}
    return reply({"error": error}, refusal.status, headers)


async def reply_with_fault(call: Call) -> web.StreamResponse:
    """Answer with what the fault says instead of an answer."""
    fault = call.fault
    if fault.hang:
        await asyncio.Event().wait()
    if fault.disconnect:
        close_connection(call.request)
        return web.Response()
    if fault.empty:
        return await reply_with_nothing(call.request)
    headers = dict(fault.headers)
    if fault.retry_after is not None:
        headers["Retry-After"] = str(fault.retry_after)
    if fault.body is None:
        code = fault.code or f"emulated_{fault.status}"
        message = fault.message or f"The emulator was told to answer {fault.status}."
        return envelope(Refusal(fault.status, code, message, headers=headers), call.path)
    if isinstance(fault.body, dict):
        return reply(fault.body, fault.status, headers)
    raw = to_bytes(fault.body) if isinstance(fault.body, str) else fault.body
    kind = "text/html" if raw.lstrip().startswith(b"<") else "text/plain"
    return web.Response(body=raw, status=fault.status, headers=headers, content_type=kind)


async def reply_with_nothing(request: web.Request) -> web.StreamResponse:
    """Begin a stream of events that breaks off before the first of them."""
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
    await response.prepare(request)
    close_connection(request)
    return response


def close_connection(request: web.Request) -> None:
    """Close the connection under a request; what was written before still arrives."""
    if request.transport is not None:  # pragma: no branch - None where the client has gone first
        request.transport.close()


def is_closing(request: web.Request) -> bool:
    """Whether the connection under a request is closed, or about to be."""
    return request.transport is None or request.transport.is_closing()
