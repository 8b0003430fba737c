"""Streamable HTTP on loopback: who is answered, who is refused, and how it ends."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import aiohttp
import anyio
import pytest
from anyio import to_thread
from mcp.client import Client

from mcp_foundry import __version__
from mcp_foundry.server.app import create_server
from mcp_foundry.transport.http.listening import bind
from mcp_foundry.transport.http.serving import open_http
from tests.conftest import failure, structured
from tests.rigs.calling import Told, ask, failed
from tests.rigs.http_server import ACCEPTED, command, serving
from tests.rigs.stdio_process import handshake

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from mcp_foundry.emulator import Emulator
    from mcp_foundry.settings.values import Settings

pytestmark = pytest.mark.anyio


@pytest.fixture
async def url(settings: Settings) -> AsyncGenerator[str]:
    async with open_http(create_server(settings)) as address:
        yield address


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


def test_no_part_of_an_answer_waits_until_the_one_before_it_was_received() -> None:
    """Else each streamed answer takes 40 ms more, where its client is slow to say so."""
    with bind("127.0.0.1", 0) as bound, socket.create_connection(bound.getsockname()):
        accepted, _ = bound.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


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


async def test_a_port_that_is_taken_is_said_to_be_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with command("--emulator", "--port", port) as popen:
            with anyio.fail_after(30):
                _, told = await to_thread.run_sync(popen.communicate, abandon_on_cancel=True)
            assert popen.returncode == 1
    assert f"the server cannot listen on port {port}: " in told
