"""What one caller can take of a service for many: bodies, tokens, sessions and streams."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import aiohttp
import anyio
import pytest

from mcp_foundry.transport.http.sessions import MOST
from tests.rigs.calling import ask
from tests.rigs.command_line import PATIENCE
from tests.rigs.http_server import ACCEPTED
from tests.rigs.issuer import BOB
from tests.rigs.service import HOST, serving
from tests.rigs.stdio_process import handshake

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from tests.rigs.service import Service

pytestmark = pytest.mark.anyio
LARGE = 5_000_000
STREAMS = 500


@pytest.fixture
async def service(tmp_path: Path) -> AsyncGenerator[Service]:
    async with serving(tmp_path) as running:
        yield running


async def chunks() -> AsyncGenerator[bytes]:
    for _ in range(LARGE // 50_000):
        yield b" " * 50_000


@pytest.mark.parametrize("told", [True, False], ids=["length", "chunks"])
async def test_a_body_of_5_mb_is_refused_and_its_caller_still_served(
    service: Service, told: bool
) -> None:
    headers = {**ACCEPTED, **service.headers(), "Content-Type": "application/json"}
    body = BytesIO(b" " * LARGE) if told else chunks()
    async with aiohttp.ClientSession(headers=headers) as http:
        with anyio.fail_after(PATIENCE):
            async with http.post(service.url, data=body) as refused:
                assert refused.status == 413
    async with service.client() as client:
        assert (await ask(client, "[say Yes]"))["text"] == "Yes"


async def test_a_token_of_100_kb_is_answered_by_who_reads_tokens(service: Service) -> None:
    """It comes in pieces, as on any network: the first is there before the others are sent."""
    place = urlsplit(service.url)
    before = f"GET /healthz HTTP/1.1\r\nHost: {place.netloc}\r\n\r\n"
    head = f"POST /mcp HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer "
    with anyio.fail_after(PATIENCE):
        async with await anyio.connect_tcp("127.0.0.1", place.port or 0) as stream:
            await stream.send((before + head + "x" * 80_000).encode())
            assert b" 200 " in await stream.receive()
            await stream.send(("x" * 20_000 + "\r\nContent-Length: 0\r\n\r\n").encode())
            said = b""
            while b'error="invalid_token"' not in said:
                said += await stream.receive()
    assert b"HTTP/1.1 401 " in said


async def test_without_sessions_there_is_no_stream_to_listen_to(service: Service) -> None:
    headers = {**ACCEPTED, **service.headers()}
    async with aiohttp.ClientSession(headers=headers) as http:
        for era in ({}, {"MCP-Protocol-Version": "2025-11-25"}):
            async with http.get(service.url, headers=era) as refused:
                assert (refused.status, refused.headers["Allow"]) == (405, "POST")


async def test_a_caller_with_500_sessions_leaves_some_for_others(tmp_path: Path) -> None:
    async with serving(tmp_path, MCP_FOUNDRY_SESSIONS="on") as service:
        headers = {**ACCEPTED, **service.headers()}
        began: list[dict[str, str]] = []
        statuses: list[int] = []
        settled = anyio.Event()
        async with (
            aiohttp.ClientSession(headers=headers, connector=aiohttp.TCPConnector(limit=0)) as http,
            anyio.create_task_group() as tasks,
        ):

            def note(status: int) -> None:
                statuses.append(status)
                if len(statuses) == STREAMS:
                    settled.set()

            async def listen() -> None:
                async with http.post(service.url, json=handshake()[0]) as response:
                    if response.status != 200:
                        note(response.status)
                        return
                    session = {"Mcp-Session-Id": response.headers["Mcp-Session-Id"]}
                    began.append(session)
                async with http.get(service.url, headers=session) as listened_to:
                    note(listened_to.status)
                    await anyio.sleep_forever()

            for _ in range(STREAMS):
                tasks.start_soon(listen)
            with anyio.fail_after(PATIENCE):
                await settled.wait()
            assert sorted(statuses) == [200] * MOST + [429] * (STREAMS - MOST)
            # Neither somebody else is refused, nor the same caller where no session is wanted.
            async with service.client(BOB, mode="legacy") as client:
                assert (await ask(client, "[say Bob]"))["text"] == "Bob"
            async with service.client(mode="auto") as client:
                assert (await ask(client, "[say Alice]"))["text"] == "Alice"
            async with http.delete(service.url, headers=began[0]) as deleted:
                assert deleted.status == 200
            async with http.post(service.url, json=handshake()[0]) as again:
                assert again.status == 200
            tasks.cancel_scope.cancel()
