"""How a service for many ends: readiness goes first, then the calls under way, then the rest."""

from __future__ import annotations

import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiohttp
import anyio
import pytest
from anyio import to_thread

from tests.rigs.calling import Answer, ask
from tests.rigs.command_line import PATIENCE
from tests.rigs.held_model import HOLD, HeldModel, held_project
from tests.rigs.http_server import ACCEPTED, asked
from tests.rigs.issuer import BOB
from tests.rigs.service import Service, serving, serving_project
from tests.rigs.stdio_process import handshake

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from tests.rigs.replicas import Replica

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform == "win32", reason="signals end processes at once there"),
]
LONGEST_DRAIN = 25
"""Seconds, the most that the setting takes."""


@asynccontextmanager
async def held(folder: Path, drain: int = 25) -> AsyncGenerator[tuple[Service, HeldModel]]:
    async with (
        held_project() as (project, model),
        serving_project(project, folder, MCP_FOUNDRY_DRAIN=str(drain)) as service,
    ):
        yield service, model


async def draining(replica: Replica) -> None:
    """Ask a replica to end, and wait until it says that it is about to."""
    replica.popen.terminate()
    async with aiohttp.ClientSession() as http:
        with anyio.fail_after(PATIENCE):
            while True:
                async with http.get(replica.at("/readyz")) as response:
                    if response.status == 503:
                        assert (await response.json())["status"] == "draining"
                        return
                await anyio.sleep(0.02)


async def ended(replica: Replica, within: float = PATIENCE) -> int:
    with anyio.fail_after(within):
        return await to_thread.run_sync(replica.popen.wait, abandon_on_cancel=True)


async def test_who_comes_is_served_until_the_calls_under_way_are_done(
    tmp_path: Path, mode: str
) -> None:
    answers: list[Answer] = []
    async with held(tmp_path) as (service, model), anyio.create_task_group() as tasks:

        async def wait_for_one() -> None:
            async with service.client(mode=mode) as client:
                answers.append(await ask(client, HOLD))

        tasks.start_soon(wait_for_one)
        await service.emulator.wait_for(lambda it: it.live, timeout=PATIENCE)
        await draining(service.replicas[0])
        async with service.client(BOB, mode=mode) as client:
            answers.append(await ask(client, "Still there?"))
        assert service.replicas[0].popen.poll() is None
        model.release()
        assert await ended(service.replicas[0]) == 128 + 15

    assert [answer["text"] for answer in answers] == ["Still there?", HOLD]
    assert "Traceback" not in service.replicas[0].said()


async def test_one_that_has_nothing_to_do_stays_until_balancers_have_noticed(
    tmp_path: Path,
) -> None:
    async with serving(tmp_path) as service:
        await draining(service.replicas[0])
        async with service.client() as client:
            assert (await ask(client, "[say Welcome]"))["text"] == "Welcome"
        assert await ended(service.replicas[0]) == 128 + 15


@pytest.mark.parametrize("again", [False, True], ids=["the drain is over", "a second signal"])
async def test_what_is_under_way_when_the_drain_ends_is_cancelled(
    tmp_path: Path, again: bool
) -> None:
    drain = LONGEST_DRAIN if again else 1
    async with held(tmp_path, drain) as (service, _), anyio.create_task_group() as tasks:
        tasks.start_soon(asked, service.url, HOLD, "modern", service.headers())
        await service.emulator.wait_for(lambda it: it.live, timeout=PATIENCE)
        await draining(service.replicas[0])
        if again:
            service.replicas[0].popen.terminate()
        # Less than the drain that a second signal ends.
        assert await ended(service.replicas[0], LONGEST_DRAIN - 5) == 128 + 15
        await service.emulator.wait_for(lambda it: not it.live)


async def test_a_stream_that_is_only_listened_to_does_not_hold_the_end(tmp_path: Path) -> None:
    async with serving(tmp_path, MCP_FOUNDRY_SESSIONS="on") as service:
        headers = {**ACCEPTED, **service.headers()}
        async with aiohttp.ClientSession(headers=headers) as http:
            async with http.post(service.url, json=handshake()[0]) as response:
                session = {"Mcp-Session-Id": response.headers["Mcp-Session-Id"]}
            async with http.get(service.url, headers=session) as listened_to:
                assert listened_to.status == 200
                service.replicas[0].popen.terminate()
                assert await ended(service.replicas[0], LONGEST_DRAIN - 5) == 128 + 15


async def test_a_connection_that_is_kept_is_given_up_with_the_first_answer(tmp_path: Path) -> None:
    """Else a balancer would send a request on it at the very moment in which it is closed."""
    async with held(tmp_path) as (service, _), anyio.create_task_group() as tasks:
        replica = service.replicas[0]
        tasks.start_soon(asked, service.url, HOLD, "modern", service.headers())
        await service.emulator.wait_for(lambda it: it.live, timeout=PATIENCE)
        async with aiohttp.ClientSession(headers=service.headers()) as http:
            async with http.get(replica.at("/healthz")) as kept:
                assert "connection" not in kept.headers
            await draining(replica)
            async with http.get(replica.at("/healthz")) as given_up:
                assert given_up.headers["connection"] == "close"
        tasks.cancel_scope.cancel()
