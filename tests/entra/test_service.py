"""A service for many, from outside: who is let in, by a real client in both eras."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
import anyio
import pytest

from mcp_foundry.emulator import Emulator
from tests.rigs.calling import ask
from tests.rigs.issuer import BOB
from tests.rigs.service import HOST, PUBLIC_URL, rpc, serving, serving_project
from tests.rigs.stdio_process import call, handshake

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio


async def test_people_ask_in_both_eras_once_they_have_signed_in(tmp_path: Path) -> None:
    async with serving(tmp_path) as service:
        for mode in ("legacy", "auto"):
            async with service.client(mode=mode) as alice, service.client(BOB, mode=mode) as bob:
                assert (await ask(alice, "[say Good day]"))["text"] == "Good day"
                assert (await ask(bob, "[say Good night]"))["text"] == "Good night"
        assert service.issuer.key_fetches == 1
        assert service.replicas[0].said() == ""


async def test_the_most_talkative_log_has_no_token(tmp_path: Path) -> None:
    async with serving(tmp_path, "--log-level", "DEBUG") as service:
        tokens = [service.issuer.token(), service.issuer.token(BOB, scp="Other"), "eyJhbGciOi.x.y"]
        statuses: list[int] = []
        for token in tokens:
            headers = {"Host": HOST, "Authorization": f"Bearer {token}"}
            statuses.append((await rpc(service.url, handshake()[0], headers))[0])
        assert statuses == [200, 403, 401]
        async with service.client() as alice:
            await ask(alice, "[say Good day]")
        log = service.replicas[0].said()
        assert log
        assert not [
            token for token in tokens if token.rpartition(".")[2] in log and len(token) > 20
        ]
        assert "Bearer e" not in log


async def test_new_keys_of_the_issuer_disturb_no_call(tmp_path: Path) -> None:
    answered: list[str] = []
    async with (
        Emulator(first_token=1) as project,
        serving_project(project, tmp_path) as service,
        service.client() as alice,
        anyio.create_task_group() as tasks,
    ):

        async def asks() -> None:
            answered.append((await ask(alice, "[say Good day]"))["text"])

        tasks.start_soon(asks)
        await project.wait_for(lambda it: it.live)
        service.issuer.roll()
        async with service.client(BOB) as bob:
            assert (await ask(bob, "[say Good night]"))["text"] == "Good night"
        assert (await ask(alice, "[say As before]"))["text"] == "As before"
        assert service.issuer.key_fetches == 2
    assert answered == ["Good day"]


async def test_a_session_is_of_whoever_began_it(tmp_path: Path) -> None:
    async with serving(tmp_path, MCP_FOUNDRY_SESSIONS="on") as service:
        alice, bob = service.headers(), service.headers(BOB)
        status, headers, _ = await rpc(service.url, handshake()[0], alice)
        session = {"Mcp-Session-Id": headers["mcp-session-id"]}
        assert status == 200
        question = call(2, "ask_agent", message="[say Good day]")
        assert (await rpc(service.url, question, bob | session))[0] == 404
        status, _, said = await rpc(service.url, question, alice | session)
        assert (status, "Good day" in str(said)) == (200, True)
        fresh = service.headers(exp=4_000_000_000)
        assert (await rpc(service.url, question, fresh | session))[0] == 200


async def test_an_ingress_finds_its_way_by_what_is_open_to_all(tmp_path: Path) -> None:
    async with serving(tmp_path) as service, aiohttp.ClientSession() as http:
        running = service.replicas[0]
        for path in ("/healthz", "/readyz"):
            async with http.get(running.at(path)) as answer:
                assert answer.status == 200
        _, headers, _ = await rpc(service.url, handshake()[0], {"Host": HOST})
        place = headers["www-authenticate"].partition('resource_metadata="')[2].partition('"')[0]
        path = place.removeprefix("https://bridge.example")
        async with http.get(running.at(path), headers={"Host": HOST}) as answer:
            told = await answer.json()
        assert told["resource"] == PUBLIC_URL
        assert told["authorization_servers"] == [service.issuer.issuer]
