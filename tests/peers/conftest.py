"""The agent in Microsoft's server, and a client of our server that asks it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mcp_foundry.settings.limits import Limits
from mcp_foundry.settings.values import Settings
from tests.rigs.agent_server import agent_server
from tests.rigs.environments import installed

if TYPE_CHECKING:
    from collections.abc import Generator

    from tests.rigs.agent_server import AgentServer

# What hosted agents are built with.
SERVER = ("azure-ai-agentserver-responses==2.3.0", "azure-ai-agentserver-core==2.2.0")
_LONGEST_INSTALL = 500


@pytest.fixture(scope="session")
def python(request: pytest.FixtureRequest) -> str:
    """A Python that has the server, kept between runs of the tests."""
    assert request.config.cache is not None
    place = Path(request.config.cache.mkdir("agent-server")) / "lock"
    # One worker installs it while the others wait; a lock that ends with its process, anywhere.
    with closing(sqlite3.connect(place, _LONGEST_INSTALL, isolation_level=None)) as lock:
        lock.execute("BEGIN EXCLUSIVE")
        return installed("agent_server", SERVER, request.config.cache)


@pytest.fixture(scope="session")
def agents(python: str, tmp_path_factory: pytest.TempPathFactory) -> Generator[AgentServer]:
    """An agent for all tests of a worker, which do not see each other's conversations."""
    with agent_server(python, tmp_path_factory.mktemp("home")) as running:
        yield running


@pytest.fixture
def settings(agents: AgentServer) -> Settings:
    """As a user has them, but for the time that a busy machine may take to cancel."""
    return Settings(local={"helper": agents.endpoint}, agent="helper", limits=Limits(cancel=10))
