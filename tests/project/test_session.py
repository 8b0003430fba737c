"""The one session of a process: opened lazily, shared by all, closed with the server."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import anyio
import pytest

from mcp_foundry.emulator import PROJECT_PATH, Emulator
from tests.rigs.calling import answered, ask, failed
from tests.rigs.relays import Relay, proxy, tls_front
from tests.rigs.secure_project import TOKEN, certificate, needs_a_shell, sign_in

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from mcp.client import Client

    from tests.conftest import Connect

pytestmark = pytest.mark.anyio


async def use_both_clients(client: Client) -> None:
    """Call what needs each of the ways to the project."""
    await ask(client, "Hi")
    await ask(client, "Hi", "asst_helper")
    await answered(client, "list_connections")
    await answered(client, "search_memory", scope="ada", query="x")
    await answered(client, "list_agents")


async def test_all_calls_share_one_pool_of_connections(
    emulator: Emulator, connect: Connect
) -> None:
    async with connect() as client:
        await ask(client, "Hi")
        await ask(client, "Hi", "asst_helper")
        await answered(client, "list_connections")
        await answered(client, "search_memory", scope="ada", query="x")
        assert emulator.open_connections == 1


async def test_calls_that_come_at_once_open_each_way_once(
    emulator: Emulator, connect: Connect
) -> None:
    async def listed(client: Client) -> None:
        assert not (await client.call_tool("list_agents", {})).is_error

    async with connect() as client, anyio.create_task_group() as calls:
        for _ in range(3):
            calls.start_soon(listed, client)
    assert len(emulator.received) == 12  # each lists both generations, with an empty second page


async def test_nothing_stays_open_once_the_server_has_ended(
    emulator: Emulator, connect: Connect
) -> None:
    async with connect() as client:
        await use_both_clients(client)
        assert emulator.open_connections > 0
    await emulator.wait_for(lambda it: it.open_connections == 0)


async def test_a_server_that_was_never_used_asks_the_project_nothing(
    emulator: Emulator, connect: Connect
) -> None:
    async with connect() as client:
        await client.list_tools()
    assert emulator.received == []


async def test_no_credential_leaves_over_plain_http(
    emulator: Emulator, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "Nonsense")
    async with connect() as client:
        await use_both_clients(client)
    assert {request.headers["authorization"] for request in emulator.received} == {
        "Bearer emulator"
    }


# Imports of the SDKs wait here until the gate is open, which it is once the tools were listed.
GATED = """
import sys, threading
import anyio
from mcp.client import Client
from mcp_foundry.emulator import Emulator
from mcp_foundry.server.app import create_server
from mcp_foundry.settings.values import Settings

gate = threading.Event()

class Gate:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"azure", "openai", "aiohttp"}:
            if threading.current_thread() is threading.main_thread() and not gate.is_set():
                raise AssertionError(f"{name} is imported before the tools are listed")
            assert gate.wait(20)
        return None

async def main():
    sys.meta_path.insert(0, Gate())
    settings = Settings(endpoint=sys.argv[1], agent="helper")
    with anyio.fail_after(30):
        async with Client(create_server(settings), mode=sys.argv[2]) as client:
            tools = (await client.list_tools()).tools
            gate.set()
            answer = await client.call_tool("ask_agent", {"message": "[say Here.]"})
            print(len(tools), answer.structured_content["text"])

anyio.run(main)
"""


async def test_the_tools_are_listed_before_any_sdk_is_imported_and_the_first_call_waits(
    emulator: Emulator, mode: str
) -> None:
    with anyio.fail_after(40):
        ran = await anyio.run_process(
            [sys.executable, "-c", GATED, emulator.endpoint, mode],
            stderr=subprocess.PIPE,
            check=False,
        )
    assert ran.stdout.decode().split() == ["12", "Here."], ran.stderr.decode()


async def test_an_unreachable_project_does_not_stop_the_server_and_the_call_says_so(
    emulator: Emulator, connect: Connect
) -> None:
    async with Emulator() as gone:
        endpoint = gone.endpoint
    async with connect(endpoint=endpoint) as client:
        error = await failed(client, "ask_agent", message="Hi")
        assert error["code"] == "connection_failed"
        assert "Nothing was started" in error["message"]
        assert (await client.list_tools()).tools
    assert emulator.received == []


class Secure:
    """A project behind https on loopback, with somebody signed in."""

    def __init__(self, emulator: Emulator, front: Relay, file: Path, starts: Path) -> None:
        self.emulator = emulator
        self.front = front
        self.certificate = file
        self.endpoint = f"https://127.0.0.1:{front.port}{PROJECT_PATH}"
        self._starts = starts

    @property
    def az_starts(self) -> int:
        """How often `az` was started."""
        return len(self._starts.read_text().splitlines()) if self._starts.exists() else 0


@pytest.fixture
async def secure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Secure, None]:
    for name in ("HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    starts, file = sign_in(tmp_path, monkeypatch), certificate(tmp_path)
    async with (
        Emulator() as emulator,
        tls_front(urlsplit(emulator.endpoint).port or 0, file) as front,
    ):
        yield Secure(emulator, front, file, starts)


@needs_a_shell
async def test_az_is_started_once_for_all_calls_and_its_token_is_what_is_sent(
    secure: Secure, connect: Connect
) -> None:
    async with connect(endpoint=secure.endpoint, ca_bundle=str(secure.certificate)) as client:
        await use_both_clients(client)
    assert secure.az_starts == 1
    received = [each for each in secure.emulator.received if each.method != "HEAD"]
    sent = {request.headers["authorization"] for request in received}
    assert sent == {f"Bearer {TOKEN}"}


@needs_a_shell
async def test_a_token_and_a_connection_are_there_soon_after_the_tools_were_listed(
    secure: Secure, connect: Connect
) -> None:
    async with connect(endpoint=secure.endpoint, ca_bundle=str(secure.certificate)) as client:
        assert secure.az_starts == 0
        await client.list_tools()
        await client.list_tools()
        await secure.emulator.wait_for(lambda it: it.received)
        assert (secure.az_starts, secure.front.open) == (1, 1)
        await ask(client, "Hi")
        assert (secure.az_starts, secure.front.open) == (1, 1)


@needs_a_shell
async def test_a_proxy_of_the_environment_is_used(
    secure: Secure, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with proxy(secure.front.port) as relay:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{relay.port}")
        async with connect(endpoint=secure.endpoint, ca_bundle=str(secure.certificate)) as client:
            await use_both_clients(client)
        assert set(relay.tunnels) == {f"127.0.0.1:{secure.front.port}"}


@needs_a_shell
async def test_a_host_that_no_proxy_names_is_reached_directly(
    secure: Secure, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with proxy(secure.front.port) as relay:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{relay.port}")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        async with connect(endpoint=secure.endpoint, ca_bundle=str(secure.certificate)) as client:
            await use_both_clients(client)
        assert relay.tunnels == []


async def test_certificate_authorities_that_cannot_be_read_are_named(
    secure: Secure, connect: Connect, tmp_path: Path
) -> None:
    missing = tmp_path / "missing.pem"
    async with connect(endpoint=secure.endpoint, ca_bundle=str(missing)) as client:
        error = await failed(client, "ask_agent", message="Hi")
    assert error["code"] == "not_configured"
    assert str(missing) in error["message"]
    assert "SSL_CERT_FILE" in error["message"]
