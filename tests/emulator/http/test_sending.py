"""How a stream is written to its connection."""

import gzip

import aiohttp
import anyio
import pytest
from openai import APIConnectionError, AsyncOpenAI

from mcp_foundry.emulator import Emulator
from tests.rigs.asking_raw import (
    BOTH,
    HELPER,
    RESPONSES,
    last_status,
    request,
    text_of,
)
from tests.rigs.frames import frames

pytestmark = pytest.mark.anyio


async def test_a_chunk_that_is_none_breaks_the_stream_and_not_the_run(
    emulator: Emulator, openai: AsyncOpenAI, raw: aiohttp.ClientSession
) -> None:
    emulator.fault(broken_chunk=True, drop_after_events=4)
    events = await openai.responses.create(
        input="Hi", stream=True, background=True, extra_body=HELPER
    )
    with pytest.raises(APIConnectionError) as broken:
        pytest.fail(f"and yet there came {[event async for event in events]!r}")
    assert "illegal chunk" in str(broken.value.__cause__)
    assert await last_status(emulator, raw, RESPONSES) == "completed"


async def test_a_broken_chunk_needs_to_know_where(emulator: Emulator) -> None:
    with pytest.raises(ValueError, match="say where with a word drop_"):
        emulator.fault(broken_chunk=True)


@BOTH
async def test_a_stream_can_be_compressed(
    emulator: Emulator, raw: aiohttp.ClientSession, path: str
) -> None:
    emulator.fault(gzip=True)
    # Unpacked here, because aiohttp does not mind a container that has no end.
    async with (
        aiohttp.ClientSession(
            f"{emulator.endpoint}/", headers=raw.headers, auto_decompress=False
        ) as packed,
        packed.post(path, json=request(path, "[say déjà vu]")) as response,
    ):
        assert response.headers["Content-Encoding"] == "gzip"
        assert text_of(frames(gzip.decompress(await response.read()))) == "déjà vu"


async def test_each_event_of_a_compressed_stream_arrives_before_the_next_has_happened(
    emulator: Emulator, raw: aiohttp.ClientSession
) -> None:
    emulator.fault(gzip=True)
    body = request(RESPONSES, "[slow 60]", background=True)
    async with raw.post(RESPONSES, json=body) as response:
        assert response.headers["Content-Encoding"] == "gzip"
        with anyio.fail_after(5):
            while b"event: response.in_progress" not in await response.content.readline():
                pass
    assert len(emulator.live) == 1


@BOTH
async def test_the_content_type_of_a_stream_can_be_spelt_otherwise(
    emulator: Emulator, raw: aiohttp.ClientSession, path: str
) -> None:
    emulator.fault(content_type="Text/Event-Stream")
    async with raw.post(path, json=request(path, "[say Hello]")) as response:
        assert response.headers["Content-Type"] == "Text/Event-Stream"
        assert text_of(frames(await response.read())) == "Hello"
