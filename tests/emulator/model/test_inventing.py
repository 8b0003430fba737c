"""Answers and arguments made from a schema: valid by it, whatever it is."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openai import AsyncOpenAI
from pydantic import BaseModel

from mcp_foundry.emulator import DEFAULT_MODEL

pytestmark = pytest.mark.anyio


class Event(BaseModel):
    """What a program wants to read from an answer."""

    name: str
    day: int
    people: list[str]


async def test_a_program_can_parse_an_answer_by_its_own_model(openai: AsyncOpenAI) -> None:
    response = await openai.responses.parse(
        model=DEFAULT_MODEL, input="Alice meets Bob on Friday.", text_format=Event
    )
    assert response.output_parsed == Event(name="scripted name", day=1, people=["scripted people"])


NODE: dict[str, Any] = {
    "$ref": "#/$defs/node",
    "$defs": {
        "node": {
            "type": "object",
            "properties": {
                "value": {"type": "string"},
                "next": {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/node"}]},
            },
            "required": ["value", "next"],
        }
    },
}
SCHEMAS: dict[str, dict[str, Any]] = {
    "nothing said": {},
    "an enumeration": {"enum": ["b", "a"]},
    "a constant": {"const": 7},
    "a default": {"type": "integer", "default": 12},
    "examples": {"type": "string", "pattern": "^x+$", "examples": ["xx"]},
    "several types": {"type": ["null", "integer"]},
    "null": {"type": "null"},
    "bounds": {"type": "integer", "exclusiveMinimum": 4, "maximum": 6},
    "steps": {"type": "number", "minimum": 1, "multipleOf": 0.5},
    "steps above a bound": {"type": "integer", "minimum": 5, "multipleOf": 4},
    "below nought": {"type": "number", "exclusiveMaximum": 0},
    "lengths": {"type": "string", "minLength": 30, "maxLength": 32},
    "a short one": {"type": "string", "maxLength": 3},
    "many": {"type": "array", "minItems": 3, "items": {"type": "boolean"}},
    "none": {"type": "array", "maxItems": 0, "items": {"type": "boolean"}},
    "a date": {"type": "string", "format": "date"},
    "an address": {"type": "string", "format": "email"},
    "one of": {"oneOf": [{"type": "integer"}, {"type": "string"}]},
    "all of": {
        "allOf": [
            {"properties": {"a": {"type": "integer"}}, "required": ["a"]},
            {"properties": {"b": {"type": "string"}}, "required": ["b"]},
        ]
    },
    "undeclared": {"type": "object", "properties": {}, "required": ["x"]},
    "closed": {"type": "object", "properties": {"a": {}}, "additionalProperties": False},
    "itself": NODE,
    "a reference to the whole": {
        "type": "object",
        "properties": {"child": {"anyOf": [{"$ref": "#"}, {"type": "null"}]}},
    },
}


@pytest.mark.parametrize("case", SCHEMAS)
async def test_an_answer_keeps_its_schema(openai: AsyncOpenAI, case: str) -> None:
    schema = {"type": "object", "properties": {"it": SCHEMAS[case]}, "required": ["it"]}
    if "$defs" in SCHEMAS[case]:
        schema["$defs"] = SCHEMAS[case]["$defs"]
    asked: Any = {"format": {"type": "json_schema", "name": "x", "schema": schema}}
    response = await openai.responses.create(
        model=DEFAULT_MODEL, input="Say 3 things in Oslo", text=asked
    )
    checked: Any = Draft202012Validator(schema)
    checked.validate(json.loads(response.output_text))


async def test_a_request_for_any_object_is_met_and_says_who_answers(openai: AsyncOpenAI) -> None:
    response = await openai.responses.create(
        model=DEFAULT_MODEL, input="Hi, in JSON", text={"format": {"type": "json_object"}}
    )
    assert "scripted model" in json.loads(response.output_text)["answer"]


ITSELF: dict[str, Any] = {"$ref": "#"}
ENDLESS: dict[str, dict[str, Any]] = {
    "a billion entries": {"type": "array", "minItems": 10**9, "items": {"type": "integer"}},
    "a text that fills memory": {"type": "string", "minLength": 10**12},
    "itself twice": {
        "type": "object",
        "properties": {"one": ITSELF, "other": ITSELF},
        "required": ["one", "other"],
    },
    "itself and itself": {"allOf": [ITSELF, ITSELF]},
    "no number of entries": {"type": "array", "minItems": "two", "items": {}},
    "a step that is next to nothing": {"type": "integer", "multipleOf": 5e-324},
    "a bound beyond all numbers": {"type": "number", "minimum": 10**400},
}


@pytest.mark.parametrize("case", ENDLESS)
async def test_a_schema_that_nothing_can_meet_gets_an_answer_all_the_same(
    openai: AsyncOpenAI, case: str
) -> None:
    text: Any = {"format": {"type": "json_schema", "name": "it", "schema": ENDLESS[case]}}
    response = await openai.responses.create(model=DEFAULT_MODEL, input="Go", text=text)
    assert response.status == "completed"
    json.loads(response.output_text)


async def test_a_number_that_is_too_long_for_one_is_passed_over(openai: AsyncOpenAI) -> None:
    schema = {"type": "object", "properties": {"count": {"type": "integer"}}}
    tool: Any = {"type": "function", "name": "count", "parameters": schema, "strict": False}
    response = await openai.responses.create(
        model=DEFAULT_MODEL, input=f"Count to {'9' * 400}, or 3.", tools=[tool]
    )
    (called,) = response.output
    assert called.type == "function_call"
    assert json.loads(called.arguments) == {"count": 3}
