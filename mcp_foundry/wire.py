"""Requests to the project: through the AgentsClient's open pipeline, with refusals in our words.

The pipeline authenticates, honours proxies and traces. Its retries are off here: `runs` decides
what may be sent again. Bodies are bytes, read once.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from email.utils import parsedate_to_datetime
from json import JSONDecodeError, loads
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

import anyio

from mcp_foundry.errors import FoundryError, refused
from mcp_foundry.explain import explain

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from azure.ai.agents.aio import AgentsClient
    from azure.core.rest import AsyncHttpResponse

    from mcp_foundry.results import Json
    from mcp_foundry.settings import Settings

_REFUSAL = 400
# Compressed tokens would be held back by the compressor.
_STREAM = MappingProxyType({"Accept": "text/event-stream", "Accept-Encoding": "identity"})


class Wire:
    """Sends requests; every failure is a `FoundryError`.

    Attributes:
        service_time: The service's clock at its last reply, in Unix seconds; 0 before the first.
    """

    def __init__(self, settings: Settings, agents: Callable[[], Awaitable[AgentsClient]]) -> None:
        self._settings = settings
        self._agents = agents
        self.service_time = 0.0

    @asynccontextmanager
    async def stream(
        self, path: str, body: Json, about: str
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """Post `body` and yield the reply's chunks; leaving closes the connection.

        Args:
            path: Below the project's endpoint.
            body: Sent as JSON.
            about: What is asked, as the subject of error messages.
        """
        response = await self._send("POST", path, body, about, stream=True, headers=_STREAM)
        try:
            yield response.iter_raw()
        finally:
            # Not closing an unfinished reply leaves its connection checked out of the pool.
            with anyio.CancelScope(shield=True):
                await response.close()

    async def fetch(
        self,
        method: str,
        path: str,
        about: str,
        *,
        body: Json | None = None,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> Json:
        """Return the JSON that the service answers to a request that starts no run."""
        limit = self._settings.limits.read
        with anyio.move_on_after(limit) as bound:
            response = await self._send(method, path, body, about, headers=headers)
        if bound.cancelled_caught:
            raise FoundryError(
                "timeout",
                f"{about}: no answer from the service within {limit:g} s. Try again later.",
            )
        text = response.text()
        try:
            answer: Any = loads(text)
        except JSONDecodeError:
            answer = None
        if isinstance(answer, dict):
            return cast("Json", answer)
        raise FoundryError(
            "service_unavailable",
            f"{about}: the service's answer is no JSON object. Is the endpoint "
            f"{self._settings.endpoint} that of a Foundry project?",
            status=response.status_code,
        )

    async def _send(
        self,
        method: str,
        path: str,
        body: Json | None,
        about: str,
        *,
        stream: bool = False,
        headers: Mapping[str, str],
    ) -> AsyncHttpResponse:
        agents = await self._agents()
        from azure.core.rest import HttpRequest

        limits = self._settings.limits
        url = f"{self._settings.endpoint}{path}"
        request = HttpRequest(method, url, json=body, headers=dict(headers))
        # A GET may be repeated by the pipeline; what writes or starts something may not.
        once = {} if method == "GET" else {"retry_total": 0}
        try:
            response = await agents.send_request(
                request,
                stream=stream,
                **once,
                connection_timeout=limits.connect,
                read_timeout=limits.silence,
            )
        except Exception as exception:
            raise explain(exception, about, self._settings.endpoint) from exception
        if date := response.headers.get("Date"):
            self.service_time = parsedate_to_datetime(date).timestamp()
        if response.status_code >= _REFUSAL:
            try:
                await response.read()
            finally:
                await response.close()
            raise refused(response.status_code, response.headers, response.text(), about)
        return response
