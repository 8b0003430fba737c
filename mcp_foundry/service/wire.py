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
from mcp_foundry.service.refusals import refused

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Mapping

    from azure.core.rest import AsyncHttpResponse

    from mcp_foundry.contract.json import Json
    from mcp_foundry.service.clients import Clients
    from mcp_foundry.settings.values import Settings

_REFUSAL = 400
# Compressed tokens would be held back by the compressor.
_STREAM = MappingProxyType({"Accept": "text/event-stream", "Accept-Encoding": "identity"})
_NONE: Mapping[str, str] = MappingProxyType({})


def is_local(path: str) -> bool:
    """Whether a path is the URL of an agent on this machine, which is sent no credential."""
    return path.startswith("http://")


class Wire:
    """Sends requests; every failure is a `FoundryError`."""

    def __init__(self, settings: Settings, clients: Clients) -> None:
        self._settings = settings
        self._clients = clients

    @asynccontextmanager
    async def stream(
        self, path: str, about: str, body: Json | None = None, headers: Mapping[str, str] = _NONE
    ) -> AsyncGenerator[AsyncIterator[bytes]]:
        """Yield the chunks of a stream of events; leaving closes the connection.

        Args:
            path: Below the project's endpoint; or the URL of an agent on this machine.
            about: What is asked, as the subject of error messages.
            body: Posted as JSON; None for a stream that is there already.
            headers: Further ones.
        """
        method = "GET" if body is None else "POST"
        response = await self._send(method, path, about, body, {**headers, **_STREAM})
        try:
            if "event-stream" not in (response.content_type or "").lower():
                raise self._unexpected(response, about, "a stream of events", path)
            silence = self._settings.limits.silence
            async with aclosing(read_pieces(response, silence, about)) as pieces:
                yield pieces
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
        limit = self._settings.limits.read
        try:
            with anyio.fail_after(limit):
                response = await self._send(method, path, about, body, headers)
        except TimeoutError:
            raise FoundryError(
                "timeout",
                f"{about}: no answer from the service within {limit:g} s. Try again later.",
            ) from None
        try:
            answer: Any = loads(text_of(response))
        except (ValueError, RecursionError):  # no JSON, a number without end, or nested so
            answer = None
        if isinstance(answer, dict):
            return cast("Json", answer)
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

    async def _send(
        self,
        method: str,
        path: str,
        about: str,
        body: Json | None,
        headers: Mapping[str, str],
    ) -> AsyncHttpResponse:
        limits = self._settings.limits
        stream = headers.items() >= _STREAM.items()
        if is_local(path):
            pipeline, url = await self._clients.local_pipeline(), path
        else:
            # A read may be repeated by the pipeline; what writes or starts something may not. A
            # stream has its own ways to go on.
            pipeline = await self._clients.pipeline(retries=method == "GET" and not stream)
            url = f"{self._settings.endpoint}{path}"
        from azure.core.rest import HttpRequest

        request = HttpRequest(method, url, json=body, headers=dict(headers))
        try:
            sent = await pipeline.run(
                request,
                stream=stream,
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
        raise refused(response.status_code, response.headers, text_of(response), about)
