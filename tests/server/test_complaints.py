"""Arguments of the wrong type or shape, told in the words of the tools' schemas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pydantic import TypeAdapter, ValidationError

from mcp_foundry.server.complaints import complaints
from tests.rigs.calling import refused

if TYPE_CHECKING:
    from mcp_foundry.emulator import Emulator
    from tests.conftest import Connect

pytestmark = pytest.mark.anyio

NOBODY = {"role": "nobody-9", "content": "x"}
WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("ask_agent", {"message": 7}, "message must be a text"),
    ("ask_agent", {"replies": "x"}, "replies must be a list"),
    ("ask_agent", {"replies": [7]}, "replies[0] must be an object"),
    ("ask_agent", {"replies": [{"approve": True}]}, "replies[0].id is missing"),
    ("ask_agent", {"replies": [{"id": "x", "approve": 7}]}, "replies[0].approve must be true"),
    ("batch_ask", {}, "requests is missing"),
    ("batch_ask", {"requests": []}, "requests needs at least 1 item."),
    ("batch_ask", {"requests": [{"message": "x"}] * 1001}, "requests takes at most 1000 items."),
    ("batch_ask", {"requests": [{"message": "x"}, {}]}, "requests[1].message is missing"),
    ("list_connections", {"default_only": "perhaps-9"}, "default_only must be true or false"),
    ("list_connections", {"default_only": []}, "default_only must be true or false"),
    ("search_memory", {"limit": "many-9"}, "limit must be a whole number"),
    ("search_memory", {"limit": 9.5}, "limit must be a whole number"),
    ("search_memory", {"limit": {}}, "limit must be a whole number"),
    ("search_memory", {"limit": "9" * 5000}, "limit must be a smaller number"),
    ("search_memory", {"limit": 0}, "limit must be at least 1"),
    ("search_memory", {"limit": 109}, "limit must be at most 100"),
    (
        "update_memory",
        {"messages": [NOBODY]},
        "messages[0].role must be one of user, assistant, system, developer",
    ),
    ("create_agent_version", {"temperature": 9}, "temperature must be at most 2"),
    ("create_agent_version", {"temperature": "hot-9"}, "temperature must be a number"),
    ("create_agent_version", {"definition": [9]}, "definition must be an object"),
    ("create_agent_version", {"metadata": {"a": 9}}, "metadata.a must be a text"),
    ("create_agent_version", {"metadata": {"k" * 999: 9}}, f"metadata.{'k' * 60} must be a text"),
]
# What the tool needs besides, so that nothing else is wrong.
NEEDED: dict[str, dict[str, Any]] = {
    "search_memory": {"scope": "ada", "query": "x"},
    "create_agent_version": {"agent_name": "x"},
}


@pytest.mark.parametrize(("tool", "wrong", "told"), WRONG)
async def test_what_is_wrong_is_told_by_its_place_without_its_value(
    emulator: Emulator, connect: Connect, tool: str, wrong: dict[str, Any], told: str
) -> None:
    async with connect() as client:
        message = await refused(client, emulator, tool, **NEEDED.get(tool, {}), **wrong)
    assert message.startswith(f"{tool}: {told}")
    assert message.endswith(". Correct the arguments and call again.")
    assert "9" not in message


async def test_five_complaints_are_told_and_no_more(emulator: Emulator, connect: Connect) -> None:
    async with connect() as client:
        message = await refused(client, emulator, "batch_ask", requests=[{"agent": ""}] * 7)
    assert message.count("is missing") == 5
    assert "requests[4].message" in message


@pytest.mark.parametrize("wrong", [[7], {"k": [7]}], ids=["list", "object"])
async def test_no_argument_of_any_tool_is_refused_in_the_words_of_the_library(
    emulator: Emulator, connect: Connect, wrong: object
) -> None:
    async with connect() as client:
        for tool in (await client.list_tools()).tools:
            for name in tool.input_schema["properties"]:
                message = await refused(client, emulator, tool.name, **{name: wrong})
                assert "Input should" not in message
                assert "Field required" not in message


def test_what_has_no_words_of_ours_keeps_those_of_the_library() -> None:
    with pytest.raises(ValidationError) as invalid:
        TypeAdapter(set[int]).validate_python(9)
    assert complaints(invalid.value) == (
        "arguments: Input should be a valid set. Correct the arguments and call again."
    )
