"""What a client sees before it calls anything: tools, schemas, hints, instructions."""

from __future__ import annotations

import re
from json import dumps
from typing import Any

import pytest

from mcp_foundry.server.schemas import LeanSchemas
from tests.server.update_surface import COMMAND, SNAPSHOT, as_text, surface

pytestmark = pytest.mark.anyio

WRITING = {"create_agent_version", "update_memory"}
READING = {"list_agents", "list_connections", "list_deployments", "search_memory", "get_file"}
# So that every host shows the picture in its result.
BARE = {"get_file"}
# A public tokenizer (o200k) makes one token of 4.3 characters of it: at most 1,700 tokens of what a
# model is shown by most hosts, and 3,200 in all.
MOST_SHOWN, MOST_CHARACTERS = 7_300, 13_700
# Claude allows 64 characters, with the server's name before the tool's in some hosts.
NAME = re.compile(r"[a-z][a-z_]{2,29}")


@pytest.fixture
async def tools() -> dict[str, dict[str, Any]]:
    shown = await surface()
    return {tool["name"]: tool for tool in shown["tools"]}


async def test_the_surface_is_the_committed_one() -> None:
    committed = SNAPSHOT.read_text("utf-8") if SNAPSHOT.exists() else ""
    assert as_text(await surface()) == committed, (
        f"The tools or the instructions changed. If that is meant: {COMMAND}"
    )


async def test_all_tools_of_the_contract_are_offered(tools: dict[str, Any]) -> None:
    asking = {"ask_agent", "stream_agent", "batch_ask", "get_answer", "cancel_answer"}
    assert set(tools) == asking | READING | WRITING


async def test_a_read_only_server_offers_no_tool_that_writes_to_the_project() -> None:
    shown = await surface(read_only=True)
    names = {tool["name"] for tool in shown["tools"]}
    assert not names & WRITING
    assert names >= READING
    assert {"ask_agent", "stream_agent", "batch_ask", "get_answer", "cancel_answer"} <= names


async def test_every_tool_has_a_title_and_all_four_hints(tools: dict[str, Any]) -> None:
    for name, tool in tools.items():
        assert tool["title"]
        hints = tool["annotations"]
        assert len(hints) == 4
        assert hints["readOnlyHint"] is (name in READING)
        assert hints["idempotentHint"] is (name in READING | {"get_answer", "cancel_answer"})
        assert hints["destructiveHint"] is (name in WRITING)
        assert hints["openWorldHint"]


async def test_get_file_is_no_mere_reader_where_it_can_save() -> None:
    shown = await surface(save="/anywhere")
    hints = {tool["name"]: tool["annotations"]["readOnlyHint"] for tool in shown["tools"]}
    assert not hints["get_file"]
    assert hints["list_agents"]


async def test_every_description_is_two_sentences_on_one_line(tools: dict[str, Any]) -> None:
    for tool in tools.values():
        description = tool["description"]
        assert "\n" not in description
        assert "  " not in description
        assert len(re.findall(r"[.](?: |$)", description)) == 2, description
        assert description.endswith(".")


async def test_names_are_within_every_hosts_limit(tools: dict[str, Any]) -> None:
    assert all(NAME.fullmatch(name) for name in tools)


def objects(schema: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - any part of a schema
    """All schemas within a schema."""
    if isinstance(schema, list):
        return [found for item in schema for found in objects(item)]  # pyright: ignore[reportUnknownVariableType] - any part
    if not isinstance(schema, dict):
        return []
    return [schema, *(found for item in schema.values() for found in objects(item))]  # pyright: ignore[reportUnknownVariableType] - any part


async def test_schemas_are_plain_objects_that_every_provider_takes(tools: dict[str, Any]) -> None:
    for tool in tools.values():
        published = {name for name in ("inputSchema", "outputSchema") if name in tool}
        assert published == {"inputSchema", "outputSchema"} - (
            {"outputSchema"} if tool["name"] in BARE else set()
        )
        for schema in (tool[name] for name in published):
            assert schema["type"] == "object"
            assert isinstance(schema["properties"], dict)
            for part in objects(schema):
                assert not {"anyOf", "oneOf", "allOf", "not", "$ref", "$defs"} & set(part)
                if part.get("type") == "array":
                    assert "items" in part


async def test_required_arguments_are_those_without_a_default(tools: dict[str, Any]) -> None:
    required = {name: tool["inputSchema"].get("required", []) for name, tool in tools.items()}
    assert {name: names for name, names in required.items() if names} == {
        "batch_ask": ["requests"],
        "get_answer": ["answer_id"],
        "create_agent_version": ["agent_name"],
        "cancel_answer": ["answer_id"],
        "get_file": ["uri"],
        "search_memory": ["query"],
    }


async def test_the_tools_cost_a_model_at_most_1700_tokens_and_3200_with_all_schemas(
    tools: dict[str, Any],
) -> None:
    def size(*kept: str) -> int:
        shown = [{key: tool[key] for key in kept if key in tool} for tool in tools.values()]
        return len(dumps(shown, ensure_ascii=False, separators=(",", ":")))

    assert size("name", "description", "inputSchema") <= MOST_SHOWN
    assert size("name", "description", "inputSchema", "outputSchema") <= MOST_CHARACTERS


async def test_the_core_is_always_loaded_and_the_rest_is_found_by_its_words(
    tools: dict[str, Any],
) -> None:
    core = {name for name, tool in tools.items() if tool["_meta"].get("anthropic/alwaysLoad")}
    assert core == {"ask_agent", "batch_ask", "get_answer", "list_agents"}
    assert all(tools[name]["_meta"]["anthropic/searchHint"] for name in tools.keys() - core)


async def test_a_few_agents_that_may_be_asked_are_named_before_any_is_asked() -> None:
    names = [f"agent-{number:02}" for number in range(20)]
    shown = await surface(agents=frozenset(names))
    tools = {tool["name"]: tool["inputSchema"]["properties"] for tool in shown["tools"]}
    assert tools["ask_agent"]["agent"]["enum"] == ["", *names]
    assert tools["batch_ask"]["requests"]["items"]["properties"]["agent"]["enum"] == ["", *names]
    assert tools["create_agent_version"]["agent_name"]["enum"] == names
    assert ", ".join(names) in shown["instructions"]
    assert len(shown["instructions"].encode()) < 2048
    many = await surface(agents=frozenset([*names, "one-more"]))
    assert "enum" not in many["tools"][0]["inputSchema"]["properties"]["agent"]
    assert "one-more" not in many["instructions"]


async def test_the_instructions_are_short_and_name_the_default_agent() -> None:
    shown = await surface()
    assert len(shown["instructions"].encode()) < 2048
    assert "The default agent is helper." in shown["instructions"]


def test_the_entries_of_a_listing_are_spelled_out_once() -> None:
    entry = {"title": "Agent", "properties": {"name": {"type": "string"}}, "type": "object"}
    entries = {"type": "array", "items": {"$ref": "#/$defs/Agent"}}
    schema: dict[str, Any] = {
        "title": "Agents",
        "type": "object",
        "$defs": {"Agent": entry},
        "properties": {"agents": entries, "note": {"type": "string"}},
    }
    spelled = {"properties": {"name": {"type": "string"}}, "type": "object"}
    lean = LeanSchemas()
    listed = lean.of_result(schema)["properties"]["agents"]
    assert listed == {"type": "array", "items": spelled}
    again = lean.of_result({**schema, "title": "MoreAgents"})["properties"]["agents"]
    assert again == {"type": "array", "items": {"type": "object"}}


def test_what_is_within_another_result_is_only_said_to_be_an_object() -> None:
    usage = {
        "title": "Usage",
        "type": "object",
        "description": "Tokens.",
        "properties": {"total": {"title": "Total", "type": "integer", "default": 0}},
    }
    schema: dict[str, Any] = {
        "title": "Answer",
        "type": "object",
        "$defs": {"Usage": usage},
        "properties": {
            "now": {"anyOf": [{"$ref": "#/$defs/Usage"}, {"type": "null"}], "default": None},
            "before": {"$ref": "#/$defs/Usage", "description": "The last one"},
            "limit": {"title": "Limit", "type": "integer", "default": 10},
            "tags": {"type": "object", "additionalProperties": {"type": "string"}},
            "any": {"type": "object", "additionalProperties": True},
        },
        "required": ["limit"],
    }
    spelled = {"properties": {"total": {"type": "integer"}}, "type": "object"}
    lean = LeanSchemas()
    assert lean.of_result(schema) == {
        "type": "object",
        "properties": {
            "now": {"type": "object"},
            "before": {"type": "object", "description": "The last one"},
            "limit": {"type": "integer", "default": 10},
            "tags": {"type": "object", "additionalProperties": {"type": "string"}},
            "any": {"type": "object"},
        },
    }
    assert lean.of_result(schema) == {"type": "object", "properties": {}}
    arguments = lean.of_arguments(schema)
    assert arguments["properties"]["now"] == spelled
    assert arguments["required"] == ["limit"]
