"""The body of a request: JSON, or a form with a file; read, bounded, or passed over."""

import asyncio
import json
import math
from dataclasses import dataclass
from typing import cast

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from mcp_foundry.emulator.wire.refusals import Refusal, against_schema
from mcp_foundry.emulator.wire.values import Json, as_list, as_object

# Documented: a file has at most 512 MB. A message of a few megabytes is a case that the tests try;
# the service takes it too.
LARGEST_FORM = 513 * 1024 * 1024
LARGEST_JSON = 64 * 1024 * 1024
# So much of a body that nobody asked for is kept for the books.
LARGEST_UNREAD = 1024 * 1024
# How deep the service goes is not known; that no reply is too deep to be written is what counts.
DEEPEST = 200


@dataclass(frozen=True)
class Upload:
    """A file that came in a form: its name and its bytes."""

    name: str
    data: bytes


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
