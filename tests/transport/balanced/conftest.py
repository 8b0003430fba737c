"""Two replicas in their own processes, and a real balancer before them."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from mcp_foundry.emulator import Emulator
from tests.rigs.balancers import haproxy, nginx
from tests.rigs.issuer import ALICE
from tests.rigs.service import serving_project

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from contextlib import AbstractAsyncContextManager, AbstractContextManager
    from pathlib import Path

    from mcp.client import Client

    from tests.rigs.service import Service

    Balancer = Callable[[Path, list[str]], AbstractContextManager[str]]

_AUDITED = "mcp_foundry.audit"


@dataclass
class Balanced:
    """A service of two replicas.

    Attributes:
        service: The replicas, whom they trust, and whom they ask.
        url: Their endpoint behind the balancer.
    """

    service: Service
    url: str

    def client(
        self,
        person: str = ALICE,
        **options: Any,  # noqa: ANN401 - the SDK's own
    ) -> AbstractAsyncContextManager[Client]:
        """Return a client of the service, see `Service.client`."""
        return self.service.client(person, url=self.url, **options)

    def calls(self) -> list[int]:
        """Return how many calls of tools each replica has answered, as it tells auditors."""
        return [replica.said().count(_AUDITED) for replica in self.service.replicas]


@asynccontextmanager
async def balanced(
    folder: Path, balancer: Balancer, tokens_per_second: float = 0, **changes: str
) -> AsyncGenerator[Balanced]:
    """Serve with two replicas behind a balancer.

    Args:
        folder: For what all of them write.
        balancer: What stands before them.
        tokens_per_second: How fast the project's model writes; 0 for at once.
        changes: What the replicas are told.
    """
    told = {"MCP_FOUNDRY_LOG_LEVEL": "INFO", **changes}
    async with (
        Emulator(tokens_per_second=tokens_per_second) as project,
        serving_project(project, folder, replicas=2, **told) as service,
    ):
        with balancer(folder, [replica.url for replica in service.replicas]) as url:
            yield Balanced(service, url)


@pytest.fixture(params=[nginx, haproxy], ids=["nginx", "haproxy"])
def balancer(request: pytest.FixtureRequest) -> Balancer:
    """Each of the balancers."""
    return request.param
