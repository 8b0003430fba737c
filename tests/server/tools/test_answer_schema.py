"""An answer as data: checked, mended once, told apart from failure."""

from __future__ import annotations

from json import dumps
from typing import TYPE_CHECKING, Any

import pytest

from tests.rigs.calling import GENERATIONS, answered, ask, refused
from tests.rigs.held_model import HOLD, held_project

if TYPE_CHECKING:
    from mcp.client import Client

    from mcp_foundry.emulator import Emulator
    from tests.conftest import Connect

pytestmark = pytest.mark.anyio


def nested(name: str, levels: int) -> dict[str, Any]:
    """An object in an object in an object."""
    whole: dict[str, Any] = {}
    for _ in range(levels):
        whole = {name: whole}
    return whole


CITY = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "next": {"$ref": "#"}},
    "required": ["city"],
}


@GENERATIONS
@pytest.mark.parametrize(
    "text",
    [
        '{"city": "Oslo"}',
        'Here:\n```json\n{"city": "Oslo"}\n```',
        'It is {"city": "Oslo"}, I think.',
    ],
    ids=["plain", "fenced", "within words"],
)
async def test_an_answer_that_meets_the_schema_comes_as_data(
    emulator: Emulator, client: Client, agent: str, text: str
) -> None:
    emulator.script(text)
    answer = await ask(client, "Where?", agent, answer_schema=CITY)
    assert answer["data"] == {"city": "Oslo"}
    assert answer["text"] == text
    assert len(emulator.received) == 1


@GENERATIONS
async def test_an_answer_that_does_not_is_mended_in_its_conversation(
    emulator: Emulator, client: Client, agent: str
) -> None:
    emulator.script('{"town": "Oslo"}')
    emulator.script('{"city": "Oslo"}')
    answer = await ask(client, "Where?", agent, answer_schema=CITY)
    assert answer["data"] == {"city": "Oslo"}
    first, second = emulator.received
    assert "is a required property" in str(second.body)
    assert answer["usage"]["output_tokens"] > 0
    assert first.path != second.path or "previous_response_id" in str(second.body)


@GENERATIONS
async def test_an_answer_that_never_does_fails_and_its_text_is_kept(
    emulator: Emulator, client: Client, agent: str
) -> None:
    emulator.script("Oslo")
    emulator.script('{"city": 7}')
    asked = {"message": "Where?", "agent": agent, "answer_schema": CITY}
    result: Any = await client.call_tool("ask_agent", asked)
    seen = result.structured_content
    assert result.is_error
    assert seen["error"]["code"] == "run_failed"
    assert "$.city: 7 is not of type 'string'" in seen["error"]["message"]
    assert seen["text"] == '{"city": 7}'
    assert result.content[0].text.endswith('{"city": 7}')
    assert seen["conversation_id"]
    assert seen["next"]
    assert emulator.runs_created == 2


async def test_an_answer_that_cannot_be_mended_any_more_is_kept(
    emulator: Emulator, connect: Connect
) -> None:
    said = "word " * 600
    emulator.script(said)
    async with connect(budget=700) as client:
        asked = {"message": "Where?", "answer_schema": CITY}
        result: Any = await client.call_tool("ask_agent", asked)
    seen = result.structured_content
    assert seen["error"]["code"] == "budget_exhausted"
    assert seen["text"].split() == said.split()
    assert emulator.runs_created == 1


@pytest.mark.parametrize("data", [[], {}, 0, False, ""])
async def test_empty_data_is_data(emulator: Emulator, client: Client, data: object) -> None:
    emulator.script(dumps(data))
    answer = await ask(client, "How many?", answer_schema={"title": "Anything"})
    assert answer["data"] == data


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "thing"},
        {"properties": []},
        {"$ref": "#"},
        {"allOf": [{"$ref": "#"}]},
        {"$defs": {"a": {"not": {"$ref": "#/$defs/b"}}, "b": {"$ref": "#/$defs/a"}}},
        {"properties": {"a": {"anyOf": [{"$ref": "#/properties/a"}]}}},
        {"$defs": {f"{n}": {"$ref": f"#/$defs/{n + 1}"} for n in range(90)} | {"90": {}}},
        nested("items", 40),
        {"$ref": "https://example.com/schema.json"},
        {"properties": {"a": {"$ref": "#/$defs/missing"}}},
        {"properties": {"a": {"$ref": "file:///etc/passwd"}}},
        {"pattern": "("},
        [1],
        "x",
    ],
    ids=str,
)
async def test_what_is_no_schema_is_refused_before_anything_is_sent(
    emulator: Emulator, client: Client, schema: object
) -> None:
    message = await refused(client, emulator, "ask_agent", message="x", answer_schema=schema)
    assert "answer_schema" in message


@pytest.mark.parametrize("levels", [20, 40, 90_000])
async def test_an_answer_of_any_depth_is_met_or_not(
    emulator: Emulator, connect: Connect, mode: str, levels: int
) -> None:
    tree = {"type": "object", "additionalProperties": {"$ref": "#"}}
    text = '{"a":' * levels + "{}" + "}" * levels
    emulator.script(*[text] * (1 if levels == 20 else 2))
    asked = {"message": "Grow.", "answer_schema": tree}
    # Two answers of a hundred thousand tokens take a busy machine longer than a call waits.
    async with connect({"mode": mode}, max_wait=0) as client:
        result: Any = await client.call_tool("ask_agent", asked)
        seen = result.structured_content
        if levels == 20:
            assert seen["data"] == nested("a", levels)
        else:
            assert seen["error"]["code"] == "run_failed"
        assert (await ask(client, "[say Alive.]"))["text"] == "Alive."


async def test_a_schema_outlives_the_call_that_brought_it(connect: Connect) -> None:
    async with (
        held_project() as (emulator, model),
        connect(endpoint=emulator.endpoint, max_wait=0.3) as client,
    ):
        schema = {"type": "string"}
        asked = {"message": HOLD, "agent": "helper", "answer_schema": schema}
        result: Any = await client.call_tool("ask_agent", asked)
        answer = result.structured_content
        assert answer["status"] == "in_progress"
        model.release()
        # Neither answer is JSON, so that the second turn, too, is checked by the fetching call.
        while answer.get("status") == "in_progress":
            result = await client.call_tool("get_answer", {"answer_id": answer["answer_id"]})
            answer = result.structured_content
        assert answer["error"]["code"] == "run_failed"
        assert emulator.runs_created == 2


async def test_the_answer_to_a_reply_is_checked_too(emulator: Emulator, client: Client) -> None:
    waiting = await ask(client, "[call get_city]", answer_schema=CITY)
    emulator.script('{"city": "Oslo"}')
    answer = await answered(
        client,
        "ask_agent",
        conversation_id=waiting["conversation_id"],
        replies=[{"id": waiting["pending"][0]["id"], "output": "Oslo"}],
        answer_schema=CITY,
    )
    assert answer["data"] == {"city": "Oslo"}
