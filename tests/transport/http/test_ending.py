"""How serving over HTTP ends: what is under way, and the process."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import anyio
import pytest
from mcp.client import Client

from mcp_foundry.server.app import create_server
from mcp_foundry.transport.http.serving import open_http
from tests.rigs.calling import ask
from tests.rigs.http_server import asked, serving

if TYPE_CHECKING:
    from mcp_foundry.emulator import Emulator
    from mcp_foundry.settings.values import Settings

pytestmark = pytest.mark.anyio

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="signals end processes at once there")


@pytest.mark.parametrize("era", ["legacy", "modern"])
async def test_leaving_cancels_what_is_under_way(
    settings: Settings, emulator: Emulator, era: str
) -> None:
    async with (
        anyio.create_task_group() as tasks,
        open_http(create_server(settings), drain=0.2) as url,
    ):
        tasks.start_soon(asked, url, "[slow 30]", era)
        await emulator.wait_for(lambda it: it.live)

    assert emulator.live == []
    assert emulator.busy_connections == 0


async def test_a_server_that_is_cancelled_closes_its_session(
    settings: Settings, emulator: Emulator
) -> None:
    with anyio.CancelScope() as scope:
        async with open_http(create_server(settings)) as url:
            async with Client(url) as client:
                await ask(client, "Hello")
            scope.cancel()
            await anyio.sleep_forever()

    await emulator.wait_for(lambda it: not it.open_connections)


@POSIX
@pytest.mark.parametrize("era", ["legacy", "modern"])
async def test_a_signal_cancels_what_is_under_way_and_ends_the_process(
    emulator: Emulator, era: str
) -> None:
    async with serving(emulator) as process:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(asked, process.url, "[slow 30]", era)
            await emulator.wait_for(lambda it: it.live, timeout=20)
            assert await process.end() == 128 + 15

        assert emulator.live == []
        assert process.popen.stderr is not None
        assert "Traceback" not in process.popen.stderr.read()


@POSIX
@pytest.mark.parametrize("era", ["legacy", "modern"])
async def test_a_call_that_is_nearly_done_is_answered_before_the_end(
    emulator: Emulator, era: str
) -> None:
    said: list[str] = []

    async def ask_slowly(url: str) -> None:
        said.append(await asked(url, "[slow 1] [say Done.]", era))

    async with serving(emulator) as process, anyio.create_task_group() as tasks:
        tasks.start_soon(ask_slowly, process.url)
        await emulator.wait_for(lambda it: it.live, timeout=20)
        assert await process.end() == 128 + 15

    assert "Done." in said[0]
