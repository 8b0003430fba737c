"""When the definitions of agents with a tool of their own are read, and what is kept of them."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from tests.conftest import TEST_LIMITS
from tests.rigs.calling import ask
from tests.server.tools.test_own import kept_in, until_kept

if TYPE_CHECKING:
    from pathlib import Path

    from mcp.client import Client

    from mcp_foundry.emulator import Emulator
    from tests.conftest import Connect

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform != "linux", reason="its cache folder is moved by XDG_*"),
]

TELLER = frozenset({"teller"})
GENERAL = {"message", "conversation_id", "inputs"}
DEFINITION: dict[str, Any] = {
    "kind": "prompt",
    "model": "scripted-model",
    "instructions": "Tell.",
    "structured_inputs": {
        "where": {
            "default_value": "secret-1",
            "schema": {
                "type": "object",
                "default": {"city": "secret-2"},
                "properties": {"default": {"type": "string", "default": "secret-3"}},
            },
        }
    },
}


@pytest.fixture(autouse=True)
def teller(cache: Path, emulator: Emulator) -> None:  # noqa: ARG001 - where it is kept
    emulator.store.add_agent("teller", definition=DEFINITION)


async def arguments(client: Client, tool: str = "ask_teller") -> set[str]:
    offered = {each.name: each for each in (await client.list_tools()).tools}
    return set(offered[tool].input_schema["properties"])


def readings(emulator: Emulator) -> int:
    return sum(request.path.endswith("/agents/teller") for request in emulator.received)


async def test_two_listings_at_once_wait_for_one_reading(
    emulator: Emulator, connect: Connect
) -> None:
    found: list[set[str]] = []
    async with connect({"mode": "auto"}, agent_tools=TELLER) as client:

        async def listed() -> None:
            found.append(await arguments(client))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(listed)
            tasks.start_soon(listed)
    assert found == [{"message", "conversation_id", "where"}] * 2
    assert readings(emulator) == 1


async def test_a_reading_that_takes_long_is_there_for_the_next_start(
    emulator: Emulator, connect: Connect, cache: Path
) -> None:
    patient = replace(TEST_LIMITS, listing=2)
    emulator.fault(on="GET /agents/teller", delay=3)
    ended: list[str] = []
    async with connect(agent_tools=TELLER, limits=patient) as client:

        async def listed() -> None:
            assert await arguments(client) == GENERAL
            ended.append("listing")

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(listed)
            await emulator.wait_for(readings)
            # Tools that are there wait for none; the client lists them all for the result's schema.
            tasks.start_soon(ask, client, "Hi", "helper")
            await emulator.wait_for(lambda it: it.runs_created)
            ended.append("question")
        await until_kept(cache, "where")
        assert await arguments(client) == GENERAL
    async with connect(agent_tools=TELLER) as client:
        assert await arguments(client) == {"message", "conversation_id", "where"}
    assert ended == ["question", "listing"]


async def test_of_an_agent_on_this_machine_nothing_is_read(
    emulator: Emulator, connect: Connect
) -> None:
    local = {"dev": emulator.endpoint}
    async with connect(agent_tools=frozenset({"dev"}), local=local) as client:
        assert await arguments(client, "ask_dev") == GENERAL
    assert emulator.received == []


async def test_no_value_that_stands_for_one_left_out_is_kept(connect: Connect, cache: Path) -> None:
    async with connect(agent_tools=TELLER) as client:
        await arguments(client)
    text = kept_in(cache).read_text("utf-8")
    assert "secret" not in text
    assert '"properties": {"default": {"type": "string"}}' in text


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("One. Two!\nThree.", "One. Two!"),
        ("Knows e.g. taxes. And more. Not this.", "Knows e.g. taxes. And more."),
        ("x" * 400, f"{'x' * 299}…"),
    ],
    ids=["sentences", "abbreviations", "length"],
)
async def test_a_description_is_two_sentences_and_300_characters_at_most(
    emulator: Emulator, connect: Connect, said: str, told: str
) -> None:
    emulator.store.add_agent("teller", definition=DEFINITION, description=said)
    async with connect(agent_tools=TELLER) as client:
        offered = {each.name: each for each in (await client.list_tools()).tools}
    assert offered["ask_teller"].description == told
