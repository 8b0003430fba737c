"""The bodies of replies: each read within a bound, whatever becomes of its connection."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import replace
from json import dumps
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from tests.conftest import TEST_LIMITS, Connect, failure, structured
from tests.rigs.calling import GENERATIONS, ask
from tests.rigs.raw_service import raw_service, reply

if TYPE_CHECKING:
    from mcp.client import Client

    from mcp_foundry.emulator import Emulator

pytestmark = pytest.mark.anyio

LONGEST = 10
"""Seconds after which a test gives up; every bound here is far below."""
HEAD = b"HTTP/1.1 %s\r\nContent-Type: %s\r\nTransfer-Encoding: chunked\r\n\r\n"
BROKEN = b"zz\r\nbroken\r\n"
SAID = {"type": "message", "content": [{"type": "output_text", "text": "All."}]}
DONE: dict[str, Any] = {"id": "resp_1", "status": "completed", "output": [SAID]}
STREAM = f"event: response.completed\ndata: {dumps({'response': DONE})}\n\n".encode()


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("list_connections", {}),
        ("list_deployments", {}),
        ("list_agents", {}),
        ("get_answer", {"answer_id": "resp_1"}),
        ("search_memory", {"scope": "a", "query": "b", "memory_store": "m"}),
    ],
)
async def test_a_reply_that_breaks_inside_a_chunk_is_given_up(
    connect: Connect, tool: str, arguments: dict[str, Any]
) -> None:
    half = HEAD % (b"200 OK", b"application/json") + b'5\r\n{"dat\r\n' + BROKEN
    limits = replace(TEST_LIMITS, read=0.4, lost=0.4)
    async with (
        raw_service(*[half] * 20) as service,
        connect(endpoint=service.endpoint, limits=limits) as client,
    ):
        with anyio.fail_after(LONGEST):
            error = failure(await client.call_tool(tool, arguments))
    assert error["code"] in {"timeout", "connection_failed"}


async def test_a_refusal_that_breaks_inside_a_chunk_is_a_refusal(connect: Connect) -> None:
    begun = HEAD % (b"403 Forbidden", b"application/json") + b'5\r\n{"err\r\n'
    async with raw_service(begun + BROKEN) as service:
        service.pause_at(len(begun))
        async with connect(endpoint=service.endpoint) as client:
            with anyio.fail_after(LONGEST):
                error = failure(await client.call_tool("ask_agent", {"message": "Hi"}))
    assert (error["code"], error["status"]) == ("forbidden", 403)


@GENERATIONS
async def test_a_stream_that_a_gateway_compressed_is_read(
    emulator: Emulator, client: Client, agent: str
) -> None:
    emulator.fault(gzip=True)
    answer = await ask(client, "[long 60]", agent)
    assert len(answer["text"].split()) == 60
    assert [request.method for request in emulator.received] == ["POST"]


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "deflate", "GZip"])
async def test_each_encoding_that_gateways_use_is_undone(connect: Connect, encoding: str) -> None:
    packed = zlib.compress(STREAM) if encoding == "deflate" else gzip.compress(STREAM)
    said = reply(packed, "text/event-stream", "200 OK", f"Content-Encoding: {encoding}")
    async with raw_service(said) as service, connect(endpoint=service.endpoint) as client:
        answer = structured(await client.call_tool("ask_agent", {"message": "Hi"}))
    assert answer["text"] == "All."


async def test_a_compressed_answer_is_read(connect: Connect) -> None:
    packed = gzip.compress(dumps(DONE).encode())
    said = reply(packed, "application/json", "200 OK", "Content-Encoding: gzip")
    async with raw_service(said) as service, connect(endpoint=service.endpoint) as client:
        answer = structured(await client.call_tool("get_answer", {"answer_id": "resp_1"}))
    assert answer["text"] == "All."


async def test_a_compressed_stream_that_breaks_off_is_fetched(connect: Connect) -> None:
    begun = f"event: response.created\ndata: {dumps({'response': {'id': 'resp_1'}})}\n\n"
    packed = gzip.compress(begun.encode())
    cut = reply(packed + b"no gzip", "text/event-stream", "200 OK", "Content-Encoding: gzip")
    gone = reply('{"error": {"message": "old"}}', "application/json", "400 Bad Request")
    async with (
        raw_service(cut, gone, reply(dumps(DONE))) as service,
        connect(endpoint=service.endpoint) as client,
    ):
        answer = structured(await client.call_tool("ask_agent", {"message": "Hi"}))
    assert answer["text"] == "All."


async def test_an_encoding_that_nobody_asked_for_is_named(connect: Connect) -> None:
    said = reply(b"...", "text/event-stream", "200 OK", "Content-Encoding: br")
    async with raw_service(said) as service, connect(endpoint=service.endpoint) as client:
        error = failure(await client.call_tool("ask_agent", {"message": "Hi"}))
    assert error["code"] == "service_unavailable"
    assert "encoded as 'br'" in error["message"]
    assert "a run may have been started" in error["message"]


@GENERATIONS
async def test_the_case_of_a_content_type_says_nothing(
    emulator: Emulator, client: Client, agent: str
) -> None:
    emulator.fault(content_type="Text/Event-Stream; Charset=UTF-8")
    assert (await ask(client, "[say Hi.]", agent))["text"] == "Hi."
