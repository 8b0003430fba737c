"""Messages as they are streamed."""

from typing import Any

import aiohttp
import pytest
from openai import AsyncOpenAI

from mcp_foundry.emulator import Emulator
from tests.rigs.asking_raw import RESPONSES, request
from tests.rigs.asking_responses import HELPER
from tests.rigs.frames import frames

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("background", [True, False])
@pytest.mark.parametrize("words", ["[reason] [code] Hi", "[refuse]", "[call f]", "[custom f x]"])
async def test_deltas_are_padded_in_the_foreground_alone(
    raw: aiohttp.ClientSession, background: bool, words: str
) -> None:
    body = request(RESPONSES, words, background=background)
    async with raw.post(RESPONSES, json=body) as response:
        events = frames(await response.read())
    deltas = [data for name, data in events if name.endswith(".delta")]
    assert deltas
    assert {"obfuscation" in each for each in deltas} == {not background}


async def _read(openai: AsyncOpenAI, message: str) -> tuple[str, list[str], Any]:
    """What a reader has who begins anew wherever a snapshot says so; all events; the end."""
    text, names, last = "", list[str](), None
    events = await openai.responses.create(
        input=message, stream=True, background=True, extra_body=HELPER
    )
    async for event in events:
        names.append(event.type)
        last = event
        if event.type == "response.in_progress":
            assert event.response.output == []
            text = ""
        elif event.type == "response.output_text.delta":
            text += event.delta
    return text, names, getattr(last, "response", None)


async def test_a_recovered_run_says_its_message_from_the_beginning_again(
    emulator: Emulator, openai: AsyncOpenAI
) -> None:
    emulator.fault(restart=True)
    message = "[search tea] [say one two three four]"
    text, names, response = await _read(openai, message)
    snapshots = [at for at, name in enumerate(names) if name == "response.in_progress"]
    assert len(snapshots) == 2
    assert names[: snapshots[1]].count("response.output_text.delta") == 3
    assert names[snapshots[1] :].count("response.output_text.delta") == 4
    assert [item.type for item in response.output] == ["web_search_call", "message"]
    assert text == response.output_text == "one two three four"
    assert response.usage.output_tokens == 4


async def test_a_recovered_stream_is_numbered_throughout_and_can_be_resumed(
    emulator: Emulator, openai: AsyncOpenAI
) -> None:
    emulator.fault(restart=True)
    events = await openai.responses.create(
        input="[say one two three four]", stream=True, background=True, extra_body=HELPER
    )
    first = [event async for event in events]
    assert first[0].type == "response.created"
    assert [event.sequence_number for event in first] == list(range(len(first)))
    again = await openai.responses.retrieve(first[0].response.id, stream=True, starting_after=5)
    assert [event async for event in again] == first[6:]
