"""Requests to the project: through azure-core's pipelines, with refusals in our words.

What is sent through the plain one is never repeated: `runs` decides what may be sent again. Bodies
are bytes, read once.
"""

from __future__ import annotations

from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import replace
from json import loads
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

import anyio

from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.service.bodies import read_pieces
from mcp_foundry.service.explain import explain, text_of
from mcp_foundry.service.places import spoken_for
from mcp_foundry.service.refusals import refused
from mcp_foundry.service.request import Request, piecemeal

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Mapping

    from azure.core.rest import AsyncHttpResponse

    from mcp_foundry.contract.json import Json
    from mcp_foundry.service.clients import Clients
    from mcp_foundry.settings.values import Settings

# A file to send: its name, its bytes, its media type.
Upload = tuple[str, bytes, str]
_REFUSAL = 400
# Compressed tokens would be held back by the compressor.
_STREAM = MappingProxyType({"Accept": "text/event-stream", "Accept-Encoding": "identity"})
_PLAIN = MappingProxyType({"Accept-Encoding": "identity"})
_NONE: Mapping[str, str] = MappingProxyType({})


def is_local(path: str) -> bool:
    """Whether a path is the URL of an agent on this machine, which is sent no credential."""
    return path.startswith("http://")


class Wire:
    """Sends requests; every failure is a `FoundryError`.

    Args:
        settings: Where to, and the limits.
        clients: The ways there.
        user: For whom this server speaks in its own name; empty where it speaks for itself, or
            each caller does.
    """

    def __init__(self, settings: Settings, clients: Clients, user: str = "") -> None:
        self._settings = settings
        self._clients = clients
        self._user = user

    @asynccontextmanager
    async def stream(
        self,
        path: str,
        about: str,
        body: Json | bytes | None = None,
        headers: Mapping[str, str] = _NONE,
    ) -> AsyncGenerator[AsyncIterator[bytes]]:
        """Yield the chunks of a stream of events; leaving closes the connection.

        Args:
            path: Below the project's endpoint; or the URL of an agent on this machine.
            about: What is asked, as the subject of error messages.
            body: Posted as JSON, or JSON already; None for a stream that is there already.
            headers: Further ones.
        """
        method = "GET" if body is None else "POST"
        # A stream has its own ways to go on.
        request = Request(method, path, body, {**headers, **_STREAM}, streams=True)
        async with self._pieces(request, about) as (response, pieces):
            if "event-stream" not in (response.content_type or "").lower():
                raise self._unexpected(response, about, "a stream of events", path)
            yield pieces

    async def post(
        self, path: str, about: str, body: Json | bytes, headers: Mapping[str, str] = _NONE
    ) -> Json:
        """Return the JSON that a request is answered with which may start a run, sent once.

        It takes as long as the run, and no longer in silence than a stream may.
        """
        request = Request("POST", path, body, headers, streams=True)
        async with self._pieces(request, about) as (response, pieces):
            answer = _object(b"".join([piece async for piece in pieces]))
            return self._fail(response, about, path) if answer is None else answer

    async def download(self, path: str, about: str, most: int) -> bytes:
        """Return the bytes that are at a path.

        Raises:
            FoundryError: `invalid_request`, where they are more than `most`; or they cannot be had.
        """
        data = bytearray()
        request = Request("GET", path, None, _PLAIN, streams=True, retries=True)
        async with self._pieces(request, about) as (response, pieces):
            size = int(response.headers.get("Content-Length") or 0)
            async for piece in pieces:
                data += piece
                size = max(size, len(data))
                if size > most:
                    break
        if size > most:
            raise FoundryError(
                "invalid_request",
                f"{about}: it has {size:,} bytes, and {most:,} are the most that are brought.",
            )
        return bytes(data)

    async def upload(self, path: str, about: str, fields: Json, file: Upload) -> Json:
        """Return what the service says of a file that was sent to it, once."""
        name, data, kind = file
        files: Json = {field: (None, value) for field, value in fields.items()}
        files["file"] = (name, piecemeal(data), kind)
        return await self._json(Request("POST", path, None, _NONE, files=files), about)

    @asynccontextmanager
    async def _pieces(
        self, request: Request, about: str
    ) -> AsyncGenerator[tuple[AsyncHttpResponse, AsyncIterator[bytes]]]:
        response = await self._send(request, about)
        try:
            silence = self._settings.limits.silence
            async with aclosing(read_pieces(response, silence, about)) as pieces:
                yield response, pieces
        finally:
            # Not closing an unfinished reply leaves its connection checked out of the pool.
            if not response.is_closed:
                with anyio.CancelScope(shield=True):
                    await response.close()

    async def fetch(
        self,
        method: str,
        path: str,
        about: str,
        *,
        body: Json | None = None,
        headers: Mapping[str, str] = _NONE,
    ) -> Json:
        """Return the JSON that the service answers to a request that starts no run."""
        # A read may be repeated by the pipeline; what writes or starts something may not.
        return await self._json(
            Request(method, path, body, headers, retries=method == "GET"), about
        )

    async def _json(self, request: Request, about: str) -> Json:
        limit = self._settings.limits.read
        try:
            with anyio.fail_after(limit):
                response = await self._send(request, about)
        except TimeoutError:
            raise FoundryError(
                "timeout",
                f"{about}: no answer from the service within {limit:g} s. Try again later.",
            ) from None
        answer = _object(text_of(response))
        return self._fail(response, about, request.path) if answer is None else answer

    def _fail(self, response: AsyncHttpResponse, about: str, path: str) -> Json:
        raise self._unexpected(response, about, "a JSON object", path)

    def _unexpected(
        self, response: AsyncHttpResponse, about: str, expected: str, path: str
    ) -> FoundryError:
        local = is_local(path)
        whose = "an agent that speaks the Responses protocol" if local else "a Foundry project"
        remedy = (
            "Start one there, as with `azd ai agent run`, or correct --local."
            if local
            else "If so, a proxy or gateway answered in its place."
        )
        return FoundryError(
            "service_unavailable",
            f"{about}: the answer of {self._place(path).endpoint} (HTTP {response.status_code}, "
            f"{response.content_type or 'of no type'}) is not {expected}. Is that the endpoint of "
            f"{whose}? {remedy}",
            status=response.status_code,
        )

    def _place(self, path: str) -> Settings:
        """Return the settings with the endpoint that a path leads to, for messages."""
        if not is_local(path):
            return self._settings
        return replace(self._settings, endpoint="/".join(path.split("/", 3)[:3]))

    async def _send(self, request: Request, about: str) -> AsyncHttpResponse:
        limits, path = self._settings.limits, request.path
        if is_local(path):
            pipeline, url = await self._clients.network.local_pipeline(), path
        else:
            pipeline = await self._clients.pipeline(retries=request.retries)
            url = f"{self._settings.endpoint}{path}"
            request = replace(request, headers={**request.headers, **spoken_for(self._user, path)})
        try:
            sent = await pipeline.run(
                request.at(url),
                stream=request.streams,
                connection_timeout=limits.connect,
                read_timeout=limits.silence,
            )
            response = sent.http_response
        except Exception as exception:
            raise explain(exception, about, self._place(path)) from exception
        if response.status_code < _REFUSAL:
            return response
        with suppress(Exception), anyio.move_on_after(limits.silence):
            await response.read()  # a refusal whose body breaks off is a refusal all the same
        await response.close()
        status, text = response.status_code, text_of(response)
        raise refused(status, response.headers, text, about, self._settings.asks_as)


def _object(raw: str | bytes) -> Json | None:
    try:
        answer: Any = loads(raw)
    except (ValueError, RecursionError):  # no JSON, a number without end, or nested so
        return None
    return cast("Json", answer) if isinstance(answer, dict) else None
