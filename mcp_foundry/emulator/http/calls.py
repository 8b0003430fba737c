"""One request as the handlers see it, and the replies they give."""

import asyncio
import json
import math
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import cast

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from mcp_foundry.emulator.faults.behaviour import Behaviour
from mcp_foundry.emulator.faults.fault import Fault
from mcp_foundry.emulator.runs.engine import Engine
from mcp_foundry.emulator.store.contents import Store
from mcp_foundry.emulator.wire.refusals import Refusal, against_schema
from mcp_foundry.emulator.wire.values import Json, as_list, as_object, encode, to_bytes

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
# Documented: a file has at most 512 MB. A message of a few megabytes is a case that the tests try;
# the service takes it too.
LARGEST_FORM = 513 * 1024 * 1024
LARGEST_JSON = 64 * 1024 * 1024
# So much of a body that nobody asked for is kept for the books.
LARGEST_UNREAD = 1024 * 1024


@dataclass(frozen=True)
class Upload:
    """A file that came in a form: its name and its bytes."""

    name: str
    data: bytes


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
    upload: Upload | None = None

    def part(self, name: str) -> str:
        """A part of the path."""
        return self.request.match_info[name]

    @property
    def query(self) -> dict[str, str]:
        """The query."""
        return dict(self.request.query)

    def previews(self) -> set[str]:
        """The preview features that the request opts in to, in `Foundry-Features`."""
        given = self.request.headers.get("Foundry-Features", "")
        return {each.strip() for each in given.split(",") if each.strip()}


# How deep the service goes is not known; that no reply is too deep to be written is what counts.
DEEPEST = 200

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


async def read_body(request: web.Request) -> tuple[object, Upload | None]:
    """The body as JSON, or the fields of a form and the file in it.

    Raises:
        Refusal: The body is not JSON, or no form, or too large.
    """
    if not request.content_type.startswith("multipart/"):
        given = await read_json(request)
        if given is not None and not isinstance(given, dict):
            raise against_schema("/", "The body is no object.")
        return None if given is None else as_object(cast("object", given)), None
    fields: Json = {}
    upload: Upload | None = None
    try:
        form = await request.post()
    except web.HTTPRequestEntityTooLarge as error:
        raise await _too_large(request, LARGEST_FORM) from error
    except (ValueError, AssertionError, RuntimeError, HttpProcessingError) as error:
        raise Refusal(400, "invalid_payload", f"The body is not a form: {error}") from error
    for name, value in form.items():
        if isinstance(value, web.FileField):
            # It may be on disk, and is read where it holds up nobody.
            upload = Upload(value.filename, await asyncio.to_thread(value.file.read))
            value.file.close()
        else:
            fields[name] = (
                value if isinstance(value, str) else bytes(value).decode("utf-8", "replace")
            )
    return fields, upload


async def read_json(request: web.Request) -> object:
    """The body as JSON; None without a body.

    Raises:
        Refusal: The body is not JSON, or too large.
    """
    if (request.content_length or 0) > LARGEST_JSON:
        raise await _too_large(request, LARGEST_JSON)
    raw = await request.read()
    if not raw:
        return None
    try:
        value: object = json.loads(raw, parse_float=_finite, parse_constant=_finite)
    except (ValueError, RecursionError) as error:
        raise Refusal(400, "invalid_payload", f"The body is not JSON: {error}") from error
    if raw.count(b"[") + raw.count(b"{") > DEEPEST and _depth(value) > DEEPEST:
        raise against_schema("/", f"The body is nested more than {DEEPEST} levels deep.")
    return value


async def _too_large(request: web.Request, most: int) -> Refusal:
    # Who is answered before all was sent sees a connection that broke, and not the answer.
    await pass_over(request)
    sentence = f"The request is larger than the {most:,} bytes that it may have."
    return Refusal(413, "request_too_large", sentence)


async def pass_over(request: web.Request) -> object:
    """The body as JSON where it is that and small; whatever else it is, read and dropped."""
    kept = bytearray()
    async for piece in request.content.iter_any():
        if len(kept) <= LARGEST_UNREAD:
            kept += piece
    try:
        value: object = json.loads(kept) if kept else None
    except ValueError:
        return None
    return value


def _finite(text: str) -> float:
    # JSON has no infinity, and no way to write one back.
    if not math.isfinite(number := float(text)):
        raise ValueError(f"{text} is no number")
    return number


def _depth(value: object) -> int:
    """How many arrays and objects are within each other, at most."""
    level, depth = [value], -1
    while level:
        depth += 1
        level = [within for each in level for within in _inside(each)]
    return depth


def _inside(value: object) -> list[object]:
    return [*as_object(value).values(), *as_list(value)]


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
