"""The server behind its door in the test's own process, made as `serve --http` makes it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import aiohttp
import anyio

from mcp_foundry.commands.guarding import guarded
from mcp_foundry.server.app import create_server
from mcp_foundry.transport.http.serving import open_http
from tests.rigs.command_line import PATIENCE
from tests.rigs.issuer import ALICE, CLIENT, TENANT, Issuer
from tests.rigs.service import HOST, PUBLIC_URL
from tests.rigs.stdio_process import modern

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from mcp_foundry.settings.values import Settings
    from mcp_foundry.transport.http.door import Door

READY = 200
LISTING = modern(1, "tools/list")
_LISTS = {
    "Accept": "application/json, text/event-stream",
    "Host": HOST,
    "MCP-Protocol-Version": "2026-07-28",
    "Mcp-Method": "tools/list",
}


@dataclass(frozen=True)
class Answer:
    """What was answered.

    Attributes:
        headers: In lower case.
    """

    status: int
    headers: dict[str, str]
    body: Any

    @property
    def challenge(self) -> str:
        """The `WWW-Authenticate` header; empty where there is none."""
        return self.headers.get("www-authenticate", "")


@dataclass(frozen=True)
class Guarded:
    """A door, and what is before it."""

    issuer: Issuer
    url: str
    http: aiohttp.ClientSession
    door: Door

    def at(self, path: str) -> str:
        """Return the URL of another path."""
        return f"{self.url.removesuffix('/mcp')}{path}"

    async def lists(self, *authorization: str, **headers: str) -> Answer:
        """Ask for the tools, with these `Authorization` headers; `_` stands for a hyphen."""
        sent = [(name.replace("_", "-"), text) for name, text in headers.items()]
        kept = [(n, t) for n, t in _LISTS.items() if n.lower() not in {m.lower() for m, _ in sent}]
        given = [("Authorization", each) for each in authorization]
        return await self.ask("POST", self.url, [*kept, *sent, *given], json=LISTING)

    async def signed_in(self, token: str = "", **headers: str) -> Answer:
        """Ask for the tools with a token, by default Alice's."""
        return await self.lists(f"Bearer {token or self.issuer.token(ALICE)}", **headers)

    async def ask(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | list[tuple[str, str]] | None = None,
        **more: Any,  # noqa: ANN401 - aiohttp's own
    ) -> Answer:
        """Send a bare request."""
        async with self.http.request(method, url, headers=headers, **more) as answer:
            text = await answer.text()
            told = {name.lower(): value for name, value in answer.headers.items()}
            is_json = answer.content_type == "application/json"
            return Answer(answer.status, told, await answer.json() if is_json else text)


@asynccontextmanager
async def guarding(
    settings: Settings, issuer: Issuer, *, ready: bool = True, **changes: object
) -> AsyncGenerator[Guarded]:
    """Serve behind a door, in the server's own name unless `changes` say otherwise.

    Args:
        settings: What is changed.
        issuer: Whose tokens are taken.
        ready: Whether to wait for its keys.
        changes: To the settings.
    """
    words: dict[str, Any] = {
        "auth": "entra",
        "identity": "server",
        "public_url": PUBLIC_URL,
        "tenant_id": TENANT,
        "client_id": CLIENT,
        "keys": (b"a key of thirty-two bytes or more",),
        "authority": issuer.authority,
        "ca_bundle": issuer.ca,
        **changes,
    }
    chosen = replace(settings, **words)
    async with (
        guarded(chosen) as listening,
        open_http(create_server(chosen), **listening) as url,
        aiohttp.ClientSession() as http,
    ):
        made = Guarded(issuer, url, http, listening["door"])
        with anyio.fail_after(PATIENCE):
            while ready and (await made.ask("GET", made.at("/readyz"))).status != READY:
                pass
        yield made
