"""Agents with a tool of their own."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING, Any

import anyio
import anyio.lowlevel
import pytest

from mcp_foundry.server.tools.registry import TOOLS
from tests.rigs.calling import LONGEST, answered, failed

if TYPE_CHECKING:
    from pathlib import Path

    from mcp.client import Client
    from mcp_types import Tool

    from mcp_foundry.emulator import Emulator
    from tests.conftest import Connect

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform != "linux", reason="its cache folder is moved by XDG_*"),
]

DECLARED: dict[str, Any] = {
    "city": {"description": "Where", "required": True, "schema": {"type": "string"}},
    "days": {"schema": {"type": "integer", "minimum": 1}, "default_value": 3},
    "either": {"description": "Or", "schema": {"anyOf": [{"type": "string"}, {"type": "null"}]}},
    "class": {"description": "A word of Python's"},
}
FORECAST: dict[str, Any] = {
    "kind": "prompt",
    "model": "scripted-model",
    "instructions": "In {{city}} for {{days}}.",
    "structured_inputs": DECLARED,
}
NAMES = frozenset({"forecast"})
ODD = '{"format": 1, "agents": {"forecast": 7}}'


@pytest.fixture(autouse=True)
def forecast(cache: Path, emulator: Emulator) -> None:  # noqa: ARG001 - where it is kept
    emulator.store.add_agent("forecast", definition=FORECAST, description="The weather.")


def kept_in(cache: Path) -> Path:
    (kept,) = cache.iterdir()
    return kept


async def until_kept(cache: Path, text: str) -> None:
    """Wait until that is kept for the next start."""

    def told() -> str:
        return "".join(kept.read_text("utf-8") for kept in cache.glob("*.json"))

    with anyio.fail_after(LONGEST):
        while text not in told():
            await anyio.lowlevel.checkpoint()


def block(cache: Path) -> None:
    cache.write_text("no folder", "utf-8")


async def tools(client: Client) -> dict[str, Tool]:
    return {tool.name: tool for tool in (await client.list_tools()).tools}


async def test_its_inputs_are_its_arguments(connect: Connect, mode: str) -> None:
    async with connect({"mode": mode}, agent_tools=NAMES) as client:
        tool = (await tools(client))["ask_forecast"]
    schema = tool.input_schema
    assert schema["required"] == ["city"]
    assert schema["properties"]["city"] == {"description": "Where", "type": "string"}
    assert schema["properties"]["days"] == {"type": "integer", "minimum": 1}
    assert schema["properties"]["either"] == {"description": "Or"}
    assert set(schema["properties"]) == {
        *("message", "conversation_id", "city", "days", "either", "inputs")
    }
    assert tool.description == "The weather."
    assert tool.title == "Ask forecast"


async def test_its_card_tells_what_it_is_for(emulator: Emulator, connect: Connect) -> None:
    skills = [{"id": "a", "name": "Rain"}, {"id": "b", "name": "Strong\nwind"}]
    card = {"version": "1", "description": "Tells\nthe weather.", "skills": skills}
    emulator.store.agents["forecast"].extra["agent_card"] = card
    async with connect(agent_tools=NAMES) as client:
        tool = (await tools(client))["ask_forecast"]
    assert tool.description == "Tells the weather. Skills: Rain, Strong wind."


async def test_a_call_asks_the_agent_with_its_inputs(
    emulator: Emulator, connect: Connect, mode: str
) -> None:
    given = {"message": "[say Dry]", "city": "Oslo", "days": 2, "inputs": {"class": "b"}}
    async with connect({"mode": mode}, agent_tools=NAMES) as client:
        first = await answered(client, "ask_forecast", **given)
        place = first["conversation_id"]
        second = await answered(
            client, "ask_forecast", message="And?", city="Rome", conversation_id=place
        )
    bodies: list[Any] = [e.body for e in emulator.received if e.path.endswith("/responses")]
    assert [body["structured_inputs"] for body in bodies] == [
        {"city": "Oslo", "days": 2, "class": "b"},
        {"city": "Rome"},
    ]
    assert (first["text"], first["agent"]) == ("Dry", "forecast:1")
    assert "turn 2" in second["text"]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"city": "Oslo", "days": "many"}, "the value of its input 'days' does not meet"),
        ({}, "city"),
        ({"city": "Oslo", "town": "x"}, "ask_forecast has no argument 'town'"),
    ],
    ids=["type", "missing", "unknown"],
)
async def test_inputs_that_do_not_fit_are_refused_before_anything_is_asked(
    emulator: Emulator, connect: Connect, given: dict[str, object], told: str
) -> None:
    async with connect(agent_tools=NAMES) as client:
        error = await failed(client, "ask_forecast", message="Hi", **given)
    assert error["code"] == "invalid_request"
    assert told in error["message"]
    assert emulator.runs_created == 0


async def test_names_are_within_every_host_s_limit_and_differ(
    emulator: Emulator, connect: Connect
) -> None:
    long = "a" * 60
    agents = {f"{long}-1", f"{long}-2", "agent", "my-agent", "asst_helper"}
    for agent in agents - {"asst_helper"}:
        emulator.store.add_agent(agent)
    async with connect(agent_tools=frozenset(agents)) as client:
        offered = await tools(client)
        answer = await answered(client, "ask_asst_helper", message="[say Old]")
    own = offered.keys() - {tool.function.__name__ for tool in TOOLS}
    assert len(own) == 5
    assert {"ask_agent_2", "ask_my_agent", "ask_asst_helper"} <= own
    assert all(re.fullmatch(r"[A-Za-z0-9_]{1,63}", name) for name in offered)
    assert answer["agent"] == "asst_helper"


async def test_the_second_start_asks_nothing_and_offers_the_same(
    emulator: Emulator, connect: Connect
) -> None:
    async with connect(agent_tools=NAMES) as client:
        first = (await tools(client))["ask_forecast"]
    emulator.fault(on="any", hang=True, times=100)
    async with connect(agent_tools=NAMES) as client:
        again = (await tools(client))["ask_forecast"]
    assert again.model_dump() == first.model_dump()


@pytest.mark.parametrize("others", [frozenset[str](), {"gone"}], ids=["alone", "with one gone"])
async def test_a_change_is_offered_by_the_start_after_the_next(
    emulator: Emulator, connect: Connect, cache: Path, others: frozenset[str]
) -> None:
    names = NAMES | others
    async with connect(agent_tools=names) as client:
        await tools(client)
    emulator.store.add_agent("forecast", instructions="Anywhere.", description="The world.")
    async with connect(agent_tools=names) as client:
        assert (await tools(client))["ask_forecast"].description == "The weather."
        await until_kept(cache, "The world.")
        assert (await tools(client))["ask_forecast"].description == "The weather."
    async with connect(agent_tools=names) as client:
        assert (await tools(client))["ask_forecast"].description == "The world."


async def test_what_is_kept_holds_no_instructions_and_no_values(
    connect: Connect, cache: Path
) -> None:
    async with connect(agent_tools=NAMES) as client:
        await tools(client)
    text = kept_in(cache).read_text("utf-8")
    assert "In {{city}}" not in text
    assert "default_value" not in text
    assert set(json.loads(text)["agents"]) == {"forecast"}


@pytest.mark.parametrize(
    "text", ["", "{", "[1]", '{"format": 0}', '{"format": 1, "agents": 7}', ODD]
)
async def test_a_cache_that_cannot_be_read_is_read_anew(
    connect: Connect, cache: Path, text: str
) -> None:
    async with connect(agent_tools=NAMES) as client:
        await tools(client)
    kept_in(cache).write_text(text, "utf-8")
    async with connect(agent_tools=NAMES) as client:
        assert "city" in (await tools(client))["ask_forecast"].input_schema["properties"]


async def test_a_cache_that_cannot_be_written_is_done_without(
    connect: Connect, cache: Path
) -> None:
    block(cache)
    async with connect(agent_tools=NAMES) as client:
        assert "city" in (await tools(client))["ask_forecast"].input_schema["properties"]


async def test_without_a_network_its_tool_is_a_general_one(connect: Connect) -> None:
    down = "http://127.0.0.1:1/api/projects/down"
    async with connect(agent_tools=NAMES, endpoint=down) as client:
        tool = (await tools(client))["ask_forecast"]
    assert set(tool.input_schema["properties"]) == {"message", "conversation_id", "inputs"}
    assert tool.description == "Ask the Foundry agent forecast."


@pytest.mark.parametrize("agent", ["researcher", "no/agent"])
async def test_an_agent_that_may_not_or_cannot_be_asked_gets_none(
    connect: Connect, caplog: pytest.LogCaptureFixture, agent: str
) -> None:
    async with connect(agent_tools=frozenset({agent}), agents=frozenset({"helper"})) as client:
        assert len(await tools(client)) == 12
    assert agent in caplog.text
