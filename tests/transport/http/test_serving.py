"""Streamable HTTP on loopback: who is answered, who is refused, and how it ends."""

from __future__ import annotations

import socket
import subprocess
import sys
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import aiohttp
import anyio
import pytest
from anyio import to_thread
from mcp.client import Client

from mcp_foundry import __version__
from mcp_foundry.server.app import create_server
from mcp_foundry.transport.http.serving import open_http
from tests.conftest import failure, structured
from tests.rigs.calling import Told, ask, failed
from tests.rigs.stdio_process import call, handshake, modern

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator
    from pathlib import Path

    from mcp_foundry.emulator import Emulator
    from mcp_foundry.settings.values import Settings

pytestmark = pytest.mark.anyio

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="signals end processes at once there")
ACCEPTED = {"Accept": "application/json, text/event-stream"}
MODERN = {
    "MCP-Protocol-Version": "2026-07-28",
    "Mcp-Method": "tools/call",
    "Mcp-Name": "ask_agent",
}


async def asked(url: str, message: str, era: str) -> str:
    """What is said to a bare call of ask_agent until the connection ends, however that is."""
    said = b""
    async with aiohttp.ClientSession(headers=ACCEPTED) as http:
        if era == "legacy":
            begin, initialized = handshake()
            async with http.post(url, json=begin) as response:
                headers = {"Mcp-Session-Id": response.headers["Mcp-Session-Id"]}
            await http.post(url, json=initialized, headers=headers)
            request = call(2, "ask_agent", message=message)
        else:
            headers = MODERN
            request = modern(
                2, "tools/call", name="ask_agent", arguments={"message": message, "agent": "helper"}
            )
        with suppress(aiohttp.ClientError):
            async with http.post(url, json=request, headers=headers) as response:
                async for chunk in response.content.iter_any():
                    said += chunk
    return said.decode()


@pytest.fixture
async def url(settings: Settings) -> AsyncGenerator[str]:
    async with open_http(create_server(settings)) as address:
        yield address


@dataclass(frozen=True)
class Process:
    """The command, serving HTTP in its own process."""

    popen: subprocess.Popen[str]
    url: str

    async def end(self) -> int:
        """Ask it to end as an operating system does; return its exit code."""
        self.popen.terminate()
        with anyio.fail_after(10):
            return await to_thread.run_sync(self.popen.wait, abandon_on_cancel=True)


@contextmanager
def command(*words: str) -> Generator[subprocess.Popen[str]]:
    line = [sys.executable, "-m", "mcp_foundry", "serve", "--http", *words]
    with subprocess.Popen(  # noqa: S603 - our own command
        line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    ) as popen:
        try:
            yield popen
        finally:
            popen.kill()


@asynccontextmanager
async def serving(emulator: Emulator, *words: str) -> AsyncGenerator[Process]:
    with command("--endpoint", emulator.endpoint, "--agent", "helper", *words) as popen:
        assert popen.stdout is not None
        with anyio.fail_after(30):
            line = await to_thread.run_sync(popen.stdout.readline, abandon_on_cancel=True)
        yield Process(popen, line.strip())


async def test_both_eras_ask_and_stream(url: str, mode: str) -> None:
    told = Told()
    async with Client(url, mode=mode) as client:
        answer = await ask(client, "[say Good day]")
        streamed = await client.call_tool(
            "stream_agent", {"message": "[say One by one]"}, progress_callback=told
        )
        error = await failed(client, "ask_agent", message="Hi", agent="nobody")

    assert answer["text"] == "Good day"
    assert "".join(told.texts) == structured(streamed)["text"] == "One by one"
    assert error["code"] == "agent_not_found"


@pytest.mark.parametrize("switch", [(), ("--http-files",)])
async def test_files_of_this_machine_are_read_only_where_the_switch_for_http_says_so(
    emulator: Emulator, tmp_path: Path, switch: tuple[str, ...]
) -> None:
    (tmp_path / "notes.txt").write_text("Here.")
    question = {"message": "Read", "files": ["notes.txt"]}
    async with (
        serving(emulator, "--files", str(tmp_path), *switch) as process,
        Client(process.url) as client,
    ):
        result = await client.call_tool("ask_agent", question)
        made = await ask(client, "[file plot.png]")
        shown = await client.call_tool("get_file", {"uri": made["files"][0]["uri"]})
    assert [block.type for block in shown.content] == ["text", "image"]
    if switch:
        assert "notes.txt: Here." in structured(result)["text"]
    else:
        assert failure(result)["code"] == "not_allowed"
        assert "MCP_FOUNDRY_HTTP_FILES" in failure(result)["message"]


async def test_clients_of_one_server_share_its_session(url: str, emulator: Emulator) -> None:
    async with Client(url, mode="legacy") as one, Client(url) as other:
        first = await ask(one, "My name is Ada")
        second = await ask(other, "And?", conversation_id=first["conversation_id"])

    assert "it began with “My name is Ada”" in second["text"]
    assert emulator.open_connections == 1


async def test_it_listens_on_loopback_alone(url: str) -> None:
    address = urlsplit(url)
    assert address.hostname == "127.0.0.1"
    others = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None)}
    for other in others - {"127.0.0.1", "::1"}:
        with pytest.raises(OSError, match=r".*"):
            await anyio.connect_tcp(str(other), address.port or 0)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "http://localhost:6274"}, 200),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Host": "evil.example"}, 421),
        ({"Host": "127.0.0.1.evil.example"}, 421),
    ],
)
async def test_requests_that_a_foreign_page_could_have_made_are_refused(
    url: str, headers: dict[str, str], status: int
) -> None:
    async with (
        aiohttp.ClientSession(headers=ACCEPTED) as http,
        http.post(url, json=handshake()[0], headers=headers) as response,
    ):
        assert response.status == status


async def test_it_tells_that_it_is_there(url: str) -> None:
    address = url.replace("/mcp", "/healthz")
    async with aiohttp.ClientSession() as http, http.get(address) as response:
        assert await response.json() == {"status": "ok", "version": __version__}


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


async def test_a_port_that_is_taken_is_said_to_be_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with command("--emulator", "--port", port) as popen:
            with anyio.fail_after(30):
                _, told = await to_thread.run_sync(popen.communicate, abandon_on_cancel=True)
            assert popen.returncode == 1
    assert f"the server cannot listen on port {port}: " in told
