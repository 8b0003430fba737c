"""One request to the project, before it is sent."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from azure.core.rest import HttpRequest

    from mcp_foundry.contract.json import Json

_LARGE = 1024 * 1024
_JSON = MappingProxyType({"Content-Type": "application/json"})


@dataclass(frozen=True)
class Request:
    """What is sent, and how its answer is read."""

    method: str
    path: str
    body: Json | bytes | None
    headers: Mapping[str, str]
    files: Json | None = None
    streams: bool = False
    retries: bool = False

    def at(self, url: str) -> HttpRequest:
        """Return it as azure-core sends it."""
        from azure.core.rest import HttpRequest

        if isinstance(self.body, bytes):
            headers = {**self.headers, **_JSON, "Content-Length": str(len(self.body))}
            return HttpRequest(self.method, url, content=piecemeal(self.body), headers=headers)
        headers, files = dict(self.headers), self.files
        return HttpRequest(self.method, url, json=self.body, headers=headers, files=files)


def piecemeal(data: bytes) -> bytes | BytesIO:
    """Return data as what aiohttp sends piece by piece, where one write would block the loop."""
    return data if len(data) < _LARGE else BytesIO(data)
