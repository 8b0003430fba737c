"""What every test stands on: an emulated Foundry project and a real MCP client of our server."""

from __future__ import annotations

import gc
import os
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from mcp.client import Client

from mcp_foundry.emulator import (
    DEFAULT_AGENT,
    DEFAULT_MEMORY_STORE,
    DEFAULT_MODEL,
    Emulator,
)
from mcp_foundry.server.app import create_server
from mcp_foundry.settings.limits import Limits
from mcp_foundry.settings.values import Settings
from tests.rigs.made_once import remember_schemas, remember_tools

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator
    from contextlib import AbstractAsyncContextManager

    from mcp_types import CallToolResult


@pytest.fixture(scope="session", autouse=True)
def environment_of_a_user() -> Generator[None]:
    """Processes that tests start are Python as users have it.

    A developer's PYTHONUNBUFFERED, for one, hides what is never flushed.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("PYTHON")]:
            patch.delenv(name)
        yield


@pytest.fixture(scope="session", autouse=True)
def what_hangs_on_code_alone_is_made_once() -> Generator[None]:
    with pytest.MonkeyPatch.context() as patch:
        remember_tools(patch)
        remember_schemas(patch)
        yield


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--mutate-for",
        default="0",
        metavar="SECONDS",
        help="how long to look for streams that lose an answer",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let a search that was asked for take its time; without the flag every bound stands."""
    if seconds := float(str(config.getoption("--mutate-for"))):
        for item in items:
            item.add_marker(pytest.mark.timeout(60 + seconds))


def pytest_collection_finish() -> None:
    """Keep what was imported out of the sight of the collector, which looks at it all each time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def emulator() -> AsyncGenerator[Emulator, None]:
    async with Emulator() as running:
        yield running
        assert running.unhandled == []


# Short enough for a test to see each bound at work, long enough for a busy machine.
TEST_LIMITS = Limits(
    connect=2,
    silence=1,
    quiet=10,
    run=20,
    find=0.3,
    lost=2,
    poll=0.2,
    read=5,
    pause=0.05,
    cancel=1,
    pending=20,
    person=5,
    heartbeat=0.3,
)


@pytest.fixture
def settings(emulator: Emulator) -> Settings:
    return Settings(
        endpoint=emulator.endpoint,
        agent=DEFAULT_AGENT,
        model=DEFAULT_MODEL,
        memory_store=DEFAULT_MEMORY_STORE,
        max_wait=10,
        limits=TEST_LIMITS,
    )


class Connect(Protocol):
    """Opens a client of a server with `changes` to the settings; options go to the client."""

    def __call__(
        self, options: dict[str, Any] | None = None, **changes: object
    ) -> AbstractAsyncContextManager[Client]: ...


@pytest.fixture(params=["legacy", "auto"])
def mode(request: pytest.FixtureRequest) -> str:
    """The protocol era: a handshake (2025-11-25), or discovery (2026-07-28)."""
    return str(request.param)


@pytest.fixture
def connect(settings: Settings) -> Connect:
    @asynccontextmanager
    async def connected(
        options: dict[str, Any] | None = None, **changes: object
    ) -> AsyncGenerator[Client, None]:
        server = create_server(replace(settings, **changes))
        chosen: dict[str, Any] = {"mode": "legacy", **(options or {})}
        async with Client(server, **chosen) as client:
            yield client

    return connected


@pytest.fixture
async def client(connect: Connect, mode: str) -> AsyncGenerator[Client, None]:
    """A client with the default settings, in both eras."""
    async with connect({"mode": mode}) as connected:
        yield connected


def structured(result: CallToolResult) -> dict[str, Any]:
    """The structured content of a call that succeeded."""
    assert not result.is_error, result.content
    assert result.structured_content is not None
    return result.structured_content


def failure(result: CallToolResult) -> dict[str, Any]:
    """The error of a call that failed."""
    assert result.is_error
    assert result.structured_content is not None
    error: dict[str, Any] = result.structured_content["error"]
    return error
