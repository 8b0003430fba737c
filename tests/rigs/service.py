"""A service for many as it is deployed: an issuer, a project, and replicas in their own processes.

What a replica is asked goes to its own port, under the `Host` of the public URL, as a balancer
passes it on.
"""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp
import anyio
import httpx2
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client

from mcp_foundry.emulator import DEFAULT_AGENT, DEFAULT_MEMORY_STORE, DEFAULT_MODEL, Emulator
from tests.rigs.command_line import PATIENCE
from tests.rigs.issuer import ALICE, CLIENT, TENANT, Issuer, issuing
from tests.rigs.replicas import Replica, replica

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

PUBLIC_URL = "https://bridge.example/mcp"
HOST = urlsplit(PUBLIC_URL).netloc
SCOPE = f"{PUBLIC_URL}/Agents.Ask"
KEYS = "a key of thirty-two bytes or more"


@dataclass
class Service:
    """The replicas, whom they trust, and whom they ask."""

    issuer: Issuer
    emulator: Emulator
    replicas: list[Replica] = field(default_factory=list[Replica])

    @property
    def url(self) -> str:
        """Where the first replica serves MCP."""
        return self.replicas[0].url

    def headers(self, person: str = ALICE, **claims: Any) -> dict[str, str]:  # noqa: ANN401 - claims are JSON
        """Return what a person's request carries, with these claims changed in its token."""
        return {"Host": HOST, "Authorization": f"Bearer {self.issuer.token(person, **claims)}"}

    @asynccontextmanager
    async def client(
        self,
        person: str = ALICE,
        *,
        url: str = "",
        mode: str = "auto",
        claims: dict[str, Any] | None = None,
        **options: Any,  # noqa: ANN401 - the SDK's own
    ) -> AsyncGenerator[Client]:
        """Yield a client that is signed in as that person.

        Args:
            person: Whose token it sends.
            url: Whom it asks: a replica, or a balancer; by default the first replica.
            mode: The protocol era, see `tests.conftest.mode`.
            claims: What is different in the token.
            options: Others of the client.
        """
        headers = self.headers(person, **(claims or {}))
        # Streams are silent while an agent thinks.
        http: Any = httpx2.AsyncClient(headers=headers, timeout=PATIENCE)
        async with http:
            transport = streamable_http_client(url or self.url, http_client=http)
            async with Client(transport, mode=mode, **options) as client:
                yield client


def variables(issuer: Issuer, emulator: Emulator, **changes: str) -> dict[str, str]:
    """Return what a replica is told; an empty value of `changes` leaves a variable out."""
    trusted = _trusted(issuer, emulator)
    told = {
        "FOUNDRY_PROJECT_ENDPOINT": emulator.endpoint,
        "FOUNDRY_AGENT_NAME": DEFAULT_AGENT,
        "FOUNDRY_MODEL_NAME": DEFAULT_MODEL,
        "FOUNDRY_MEMORY_STORE": DEFAULT_MEMORY_STORE,
        "MCP_FOUNDRY_AUTH": "entra",
        "MCP_FOUNDRY_IDENTITY": "server",
        "MCP_FOUNDRY_PUBLIC_URL": PUBLIC_URL,
        "MCP_FOUNDRY_TENANT_ID": TENANT,
        "MCP_FOUNDRY_CLIENT_ID": CLIENT,
        "MCP_FOUNDRY_KEYS": KEYS,
        "AZURE_AUTHORITY_HOST": issuer.authority,
        "SSL_CERT_FILE": trusted,
        "REQUESTS_CA_BUNDLE": trusted,
        **changes,
    }
    return {name: value for name, value in told.items() if value}


def _trusted(issuer: Issuer, emulator: Emulator) -> str:
    """Return the file with whom a replica trusts: the issuer, and a project behind TLS."""
    authority = emulator.places["authority"]
    if not authority:
        return issuer.ca
    both = Path(issuer.ca).with_name("trusted.pem")
    both.write_bytes(Path(issuer.ca).read_bytes() + Path(authority).read_bytes())
    return str(both)


@asynccontextmanager
async def serving(
    folder: Path, *words: str, replicas: int = 1, **changes: str
) -> AsyncGenerator[Service]:
    """Serve as `serving_project` does, with an emulated project that is there for this alone."""
    async with (
        Emulator() as emulator,
        serving_project(emulator, folder, *words, replicas=replicas, **changes) as service,
    ):
        yield service


@asynccontextmanager
async def serving_project(
    emulator: Emulator, folder: Path, *words: str, replicas: int = 1, **changes: str
) -> AsyncGenerator[Service]:
    """Serve a project with so many replicas, in their own names.

    Args:
        emulator: The project.
        folder: For certificates and logs.
        words: More words of their command line.
        replicas: How many there are.
        changes: To their variables.
    """
    async with issuing(folder) as issuer:
        service = Service(issuer, emulator)
        told = variables(issuer, emulator, **changes)
        async with anyio.create_task_group() as tasks:
            stop, up = anyio.Event(), anyio.Event()

            async def run(number: int) -> None:
                async with replica(folder / f"replica-{number}.log", told, *words) as running:
                    service.replicas.append(running)
                    if len(service.replicas) == replicas:
                        up.set()
                    await stop.wait()

            for number in range(replicas):
                tasks.start_soon(run, number)
            await up.wait()
            try:
                yield service
            finally:
                stop.set()


async def rpc(
    url: str, message: dict[str, Any], headers: dict[str, str]
) -> tuple[int, dict[str, str], Any]:
    """Post a bare message; return the status, the headers in lower case, and the JSON, if any."""
    accepted = {"Accept": "application/json, text/event-stream", **headers}
    async with (
        aiohttp.ClientSession() as http,
        http.post(url, json=message, headers=accepted) as answer,
    ):
        text = await answer.text()
        told = {name.lower(): value for name, value in answer.headers.items()}
    try:
        return answer.status, told, json.loads(text)
    except ValueError:
        return answer.status, told, text
