"""The declared inputs of agents with a tool of their own, as its arguments."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.rigs.calling import answered, failed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mcp_foundry.emulator import Emulator
    from tests.conftest import Connect

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform != "linux", reason="its cache folder is moved by XDG_*"),
]

Json = dict[str, Any]
TELLER = frozenset({"teller"})
TEXT = {"type": "string"}
WHERE: Json = {
    "type": "object",
    "title": "Where",
    "properties": {
        "city": {"type": "string", "pattern": "^[A-Z]"},
        "type": {"enum": ["town", "village"]},
        "near": {"type": "array", "items": {"type": "string"}, "maxItems": 3},
    },
    "required": ["city"],
    "additionalProperties": False,
}
AN_OBJECT = {"type": "object"}
A_LIST = {"type": "array", "items": TEXT}


def nested(levels: int) -> Json:
    within = nested(levels - 1) if levels else TEXT
    return {"type": "object", "properties": {"a": within}}


@pytest.fixture
def declare(cache: Path, emulator: Emulator) -> Callable[..., None]:  # noqa: ARG001 - where it is kept
    """Makes the agent `teller`, which declares these inputs."""

    def declared(**inputs: Json) -> None:
        definition = {
            "kind": "prompt",
            "model": "scripted-model",
            "instructions": "Tell.",
            "structured_inputs": inputs,
        }
        emulator.store.add_agent("teller", definition=definition)

    return declared


def asked_with(emulator: Emulator) -> object:
    """The inputs of the one question."""
    (body,) = (each.body for each in emulator.received if each.path.endswith("/responses"))
    sent: Any = body
    return sent["structured_inputs"]


async def schema_of(connect: Connect, agents: frozenset[str] = frozenset()) -> Json:
    async with connect(agent_tools=TELLER, agents=agents) as client:
        offered = {tool.name: tool for tool in (await client.list_tools()).tools}
    return offered["ask_teller"].input_schema


async def test_a_plain_schema_is_published_as_it_is(
    connect: Connect, declare: Callable[..., None]
) -> None:
    declare(where={"description": "The place", "schema": WHERE})
    published = (await schema_of(connect))["properties"]["where"]
    assert published == {**WHERE, "description": "The place"}


@pytest.mark.parametrize(
    ("schema", "kept"),
    [
        ({"$ref": "#/$defs/x", "$defs": {"x": TEXT}}, {}),
        ({**AN_OBJECT, "properties": {"a": {"anyOf": [TEXT]}}}, AN_OBJECT),
        ({**AN_OBJECT, "additionalProperties": {"not": TEXT}}, AN_OBJECT),
        ({"type": "array", "items": {"oneOf": [TEXT]}}, A_LIST),
        ({"type": "array", "items": TEXT, "prefixItems": [{"allOf": [TEXT]}]}, A_LIST),
        ({"type": "array"}, A_LIST),
        ({"type": ["string", "null"]}, {}),
        ({"type": "text"}, {}),
        ({**AN_OBJECT, "properties": {"a": 7}}, AN_OBJECT),
        ({**AN_OBJECT, "properties": [7]}, AN_OBJECT),
        (nested(9), AN_OBJECT),
    ],
    ids=str,
)
async def test_of_a_schema_that_hosts_refuse_only_the_type_is_published(
    connect: Connect, declare: Callable[..., None], schema: Json, kept: Json
) -> None:
    declare(it={"description": "It", "schema": schema})
    assert (await schema_of(connect))["properties"]["it"] == {**kept, "description": "It"}


async def test_an_input_of_which_nothing_is_said_is_an_argument_too(
    connect: Connect, declare: Callable[..., None]
) -> None:
    declare(topic={"required": True})
    schema = await schema_of(connect)
    assert schema["required"] == ["topic"]
    assert schema["properties"]["topic"] == {"description": "The agent's input topic"}


@pytest.mark.parametrize(
    "name",
    ["class", "_x", "two words", "größe", "x" * 65, "message", "conversation_id", "ctx", "inputs"],
)
async def test_an_input_whose_name_no_argument_can_have_is_passed_in_inputs(
    emulator: Emulator, connect: Connect, declare: Callable[..., None], name: str
) -> None:
    declare(city={"schema": TEXT}, **{name: {"schema": TEXT}})
    schema = await schema_of(connect)
    assert set(schema["properties"]) == {"message", "conversation_id", "city", "inputs"}
    async with connect(agent_tools=TELLER) as client:
        await answered(client, "ask_teller", message="Hi", city="Rome", inputs={name: "x"})
    assert asked_with(emulator) == {"city": "Rome", name: "x"}


@pytest.mark.parametrize("text", ["null", "[1]", "{}", "7", "true", '"a"'])
@pytest.mark.parametrize("declared", [{"schema": TEXT}, {}], ids=["text", "anything"])
async def test_a_text_arrives_as_it_was_given_whatever_it_looks_like(
    emulator: Emulator, connect: Connect, declare: Callable[..., None], text: str, declared: Json
) -> None:
    declare(topic=declared)
    async with connect(agent_tools=TELLER) as client:
        await answered(client, "ask_teller", message="Hi", topic=text)
    assert asked_with(emulator) == {"topic": text}


async def test_what_is_in_an_object_is_the_agent_s_own_to_check(
    emulator: Emulator, connect: Connect, declare: Callable[..., None]
) -> None:
    declare(where={"schema": {**AN_OBJECT, "properties": {"city": TEXT}}}, tags={"schema": A_LIST})
    given = {"where": '{"city": "Rome", "street": null}', "tags": '["a"]'}
    async with connect(agent_tools=TELLER) as client:
        await answered(client, "ask_teller", message="Hi", **given)
        error = await failed(client, "ask_teller", message="Hi", where={"city": 7})
    assert asked_with(emulator) == {
        "where": {"city": "Rome", "street": None},
        "tags": ["a"],
    }
    assert "the value of its input 'where' does not meet its schema" in error["message"]
    assert emulator.runs_created == 1


async def test_an_input_that_is_called_agent_takes_what_it_is_declared_to_take(
    connect: Connect, declare: Callable[..., None]
) -> None:
    declare(agent={"schema": TEXT}, agent_name={"schema": TEXT})
    properties = (await schema_of(connect, TELLER))["properties"]
    assert properties["agent"] == properties["agent_name"] == TEXT


async def test_a_tool_that_is_not_there_is_told_with_those_of_agents(
    connect: Connect, declare: Callable[..., None]
) -> None:
    declare()
    async with connect(agent_tools=TELLER) as client:
        error = await failed(client, "ask_tellers")
    assert "ask_teller." in error["message"]
    assert "ask_agent" in error["message"]


async def test_an_unknown_argument_is_refused_also_after_a_call_of_a_tool_that_was_there_before(
    connect: Connect, declare: Callable[..., None]
) -> None:
    declare()
    async with connect(agent_tools=TELLER) as client:
        await answered(client, "ask_agent", message="Hi")
        error = await failed(client, "ask_teller", message="Hi", town="Rome")
    assert "ask_teller has no argument 'town'" in error["message"]
