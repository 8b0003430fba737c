"""Making agent versions from whole definitions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from tests.rigs.calling import answered, refused

if TYPE_CHECKING:
    from mcp_foundry.emulator import Emulator
    from tests.conftest import Connect

pytestmark = pytest.mark.anyio

DEFINITIONS: list[dict[str, Any]] = [
    {
        "kind": "prompt",
        "model": "gpt-4o",
        "instructions": "Speak {{language}}.",
        "structured_inputs": {"language": {"default_value": "Latin"}},
        "field_of_tomorrow": {"x": [1, None]},
    },
    {
        "kind": "hosted",
        "container_protocol_versions": [{"protocol": "responses", "version": "v1"}],
        "cpu": "1",
        "memory": "2Gi",
        "image": "registry.example.com/agent:1",
    },
    {"kind": "workflow", "trigger": {"kind": "OnConversationStart", "actions": []}},
]


@pytest.mark.parametrize("definition", DEFINITIONS, ids=[d["kind"] for d in DEFINITIONS])
async def test_a_whole_definition_is_sent_as_it_is(
    emulator: Emulator, connect: Connect, definition: dict[str, Any]
) -> None:
    async with connect(model="") as client:
        made = await answered(
            client, "create_agent_version", agent_name="whole", definition=definition
        )
    assert cast("dict[str, Any]", emulator.received[-1].body)["definition"] == definition
    assert made["definition"] == definition
    assert made["version"] == "1"


async def test_a_definition_and_simple_arguments_together_are_refused(
    emulator: Emulator, connect: Connect
) -> None:
    async with connect() as client:
        message = await refused(
            client,
            emulator,
            "create_agent_version",
            agent_name="x",
            model="gpt-4o",
            temperature=0,
            definition={"kind": "prompt"},
        )
    assert "model, temperature" in message


@pytest.mark.parametrize("definition", [{"model": "gpt-4o"}, {"kind": 7}])
async def test_a_definition_without_a_kind_is_refused_with_an_example(
    emulator: Emulator, connect: Connect, definition: dict[str, Any]
) -> None:
    async with connect() as client:
        message = await refused(
            client, emulator, "create_agent_version", agent_name="x", definition=definition
        )
    assert '{"kind": "prompt"' in message


@pytest.mark.parametrize("missing", [{}, {"model": ""}, {"model": None}])
async def test_a_prompt_definition_without_a_model_gets_the_default_one(
    emulator: Emulator, connect: Connect, missing: dict[str, Any]
) -> None:
    given = {"kind": "prompt", "instructions": "Be kind.", **missing}
    async with connect() as client:
        await answered(client, "create_agent_version", agent_name="x", definition=given)
    sent = cast("dict[str, Any]", emulator.received[-1].body)["definition"]
    assert sent == {**given, "model": "scripted-model"}


async def test_a_prompt_definition_without_any_model_is_refused_with_the_place_of_one(
    emulator: Emulator, connect: Connect
) -> None:
    async with connect(model="") as client:
        message = await refused(
            client, emulator, "create_agent_version", agent_name="x", definition={"kind": "prompt"}
        )
    assert "definition has no model" in message
    assert '{"kind": "prompt", "model": "gpt-4o"' in message
    assert "list_deployments" in message
    assert "FOUNDRY_MODEL_NAME" in message


async def test_a_definition_that_is_no_object_is_refused(
    emulator: Emulator, connect: Connect
) -> None:
    async with connect() as client:
        message = await refused(
            client, emulator, "create_agent_version", agent_name="x", definition=[1]
        )
    assert "definition" in message
