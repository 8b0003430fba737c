"""The server as a service for many, in a process of its own."""

from __future__ import annotations

import os
import time
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from benchmarks.processes import LineProcess
from tests.rigs.issuer import CLIENT, TENANT

if TYPE_CHECKING:
    from benchmarks.issuing import IssuerProcess

_PUBLIC = "https://mcp.contoso.com/mcp"
HOST = urlsplit(_PUBLIC).netloc


class SharedService(LineProcess):
    """The server, for the project at `endpoint` and those who have tokens of an issuer.

    Attributes:
        url: Where it is called.
    """

    def __init__(self, endpoint: str, issuer: IssuerProcess, **environment: str) -> None:
        words = ("-m", "mcp_foundry", "serve", "--http", "--port", "0")
        super().__init__(*words, **(variables(endpoint, issuer) | environment))
        self.url = self.line().decode()
        self._until_ready()

    def _until_ready(self) -> None:
        """Wait until it has the keys that tokens are signed with."""
        connection = HTTPConnection(urlsplit(self.url).netloc, timeout=10)
        for _ in range(1000):
            connection.request("GET", "/readyz")
            with connection.getresponse() as answer:
                answer.read()
                if answer.status == HTTPStatus.OK:
                    return
            time.sleep(0.01)
        raise TimeoutError(self.url)

    def stay_on_one_core(self) -> None:
        """Let all its threads run on one core, as a replica with one has it."""
        core = min(os.sched_getaffinity(0))
        for thread in Path(f"/proc/{self.number}/task").iterdir():
            os.sched_setaffinity(int(thread.name), {core})


def variables(endpoint: str, issuer: IssuerProcess) -> dict[str, str]:
    """Return what such a server is told."""
    return {
        "FOUNDRY_PROJECT_ENDPOINT": endpoint,
        "MCP_FOUNDRY_AUTH": "entra",
        "MCP_FOUNDRY_IDENTITY": "server",
        "MCP_FOUNDRY_PUBLIC_URL": _PUBLIC,
        "MCP_FOUNDRY_TENANT_ID": TENANT,
        "MCP_FOUNDRY_CLIENT_ID": CLIENT,
        "MCP_FOUNDRY_KEYS": "a key of a benchmark that is long enough",
        "AZURE_AUTHORITY_HOST": issuer.authority,
        "REQUESTS_CA_BUNDLE": issuer.ca,
    }
