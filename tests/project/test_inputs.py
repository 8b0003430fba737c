"""Structured inputs: checked against what the agent declares, before anything is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.rigs.calling import YES, Person, answered, ask, failed, replied

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcp.client import Client

    from mcp_foundry.emulator import Emulator
    from tests.conftest import Connect

pytestmark = pytest.mark.anyio

PRIVATE = "hunter2-very-private"
CITY = {"description": "Where", "required": True, "schema": {"type": "string"}}
DAYS = {"description": "How many", "schema": {"type": "integer", "minimum": 1}}
WEATHER: dict[str, Any] = {
    "kind": "prompt",
    "model": "scripted-model",
    "instructions": "The weather in {{city}} for {{days}} days.",
    "structured_inputs": {"city": CITY, "days": DAYS},
}


@pytest.fixture(autouse=True)
def forecast(emulator: Emulator) -> None:
    emulator.store.add_agent("forecast", definition=WEATHER)


def asked(emulator: Emulator) -> list[Any]:
    return [each for each in emulator.received if each.path.endswith("/responses")]


def read(emulator: Emulator) -> list[str]:
    return [each.path for each in emulator.received if each.path.startswith("/agents/")]


@pytest.mark.parametrize("tool", ["ask_agent", "stream_agent"])
async def test_inputs_are_sent_and_their_declaration_is_read_once(
    emulator: Emulator, client: Client, tool: str
) -> None:
    inputs = {"city": "Oslo", "days": 3}
    for _ in range(3):
        await answered(client, tool, message="Rain?", agent="forecast", inputs=inputs)
    assert [each.body["structured_inputs"] for each in asked(emulator)] == [inputs] * 3
    assert read(emulator) == ["/agents/forecast"]


async def test_each_question_of_a_batch_has_its_own(emulator: Emulator, client: Client) -> None:
    requests = [
        {"message": "Rain?", "inputs": {"city": "Oslo"}},
        {"message": "Rain?", "inputs": {"town": "Oslo"}},
        {"message": "Rain?", "inputs": {"city": "Rome", "days": 2}},
    ]
    batch = await answered(client, "batch_ask", requests=requests, agent="forecast")
    assert [answer["status"] for answer in batch["answers"]] == ["completed", "failed", "completed"]
    assert "it has no input 'town'" in batch["answers"][1]["error"]["message"]
    sent = [each.body["structured_inputs"] for each in asked(emulator)]
    assert sorted(sent, key=str) == [{"city": "Oslo"}, {"city": "Rome", "days": 2}]


@pytest.mark.parametrize(
    ("inputs", "told"),
    [
        (
            {"city": "Oslo", "days": PRIVATE},
            "the value of its input 'days' does not meet its schema",
        ),
        (
            {"city": "Oslo", "days": 0},
            'does not meet its schema, {"type": "integer", "minimum": 1}',
        ),
        ({"city": "Oslo", "Days": 1}, "it has no input 'Days'"),
        ({"days": 1}, "its input 'city' is missing"),
        ({"city": "x" * 1_048_576}, "more than the 1,048,576 that may be sent"),
    ],
    ids=["type", "range", "unknown", "missing", "too long"],
)
async def test_inputs_that_do_not_fit_are_refused_before_anything_is_asked(
    emulator: Emulator, client: Client, inputs: Mapping[str, object], told: str
) -> None:
    error = await failed(client, "ask_agent", message="Rain?", agent="forecast", inputs=inputs)
    assert error["code"] == "invalid_request"
    assert told in error["message"]
    assert PRIVATE not in error["message"]
    assert len(error["message"]) < 400
    assert asked(emulator) == []


async def test_what_an_agent_declares_is_told_with_the_refusal(client: Client) -> None:
    error = await failed(
        client, "ask_agent", message="Rain?", agent="forecast", inputs={"town": "Oslo"}
    )
    told = "Its inputs are: city (string, required), days (integer). Nothing was asked."
    assert told in error["message"]


@pytest.mark.parametrize("agent", ["helper", "asst_helper"])
async def test_an_agent_without_inputs_takes_none(client: Client, agent: str) -> None:
    error = await failed(client, "ask_agent", message="Hi", agent=agent, inputs={"city": "Oslo"})
    assert error["code"] == "invalid_request"
    assert "It declares no inputs." in error["message"]


async def test_a_question_without_inputs_reads_nothing_and_the_service_says_what_is_missing(
    emulator: Emulator, client: Client
) -> None:
    error = await failed(client, "ask_agent", message="Rain?", agent="forecast")
    assert error["code"] == "invalid_request"
    assert "structured input: 'city'" in error["message"]
    assert "list_agents" in error["message"]
    assert len(asked(emulator)) == 1


async def test_inputs_are_listed_with_what_they_are_for(client: Client) -> None:
    listed = await answered(client, "list_agents")
    (agent,) = [each for each in listed["agents"] if each["name"] == "forecast"]
    assert agent["inputs"] == [
        {"name": "city", "description": "Where", "required": True, "type": "string"},
        {"name": "days", "description": "How many", "required": False, "type": "integer"},
    ]


async def test_a_declaration_that_was_listed_is_not_read_again(
    emulator: Emulator, client: Client
) -> None:
    await answered(client, "list_agents")
    await failed(client, "ask_agent", message="Rain?", agent="forecast:1", inputs={})
    await ask(client, "Rain?", "forecast", inputs={"city": "Oslo"})
    assert read(emulator) == []


async def test_a_declaration_that_changed_is_read_anew_before_anything_is_refused(
    emulator: Emulator, client: Client
) -> None:
    await ask(client, "Rain?", "forecast", inputs={"city": "Oslo"})
    changed = {**WEATHER, "instructions": "In {{town}}", "structured_inputs": {"town": CITY}}
    emulator.store.add_agent("forecast", definition=changed)
    answer = await ask(client, "Rain?", "forecast", inputs={"town": "Oslo"})
    assert answer["agent"] == "forecast:2"


async def test_an_agent_goes_on_with_the_inputs_it_was_asked_with(
    emulator: Emulator, connect: Connect
) -> None:
    inputs = {"city": "Oslo"}
    async with connect() as client:
        waits = await ask(client, "[call umbrella]", "forecast", inputs=inputs)
        done = await answered(client, "ask_agent", **replied("forecast", waits, output="Yes"))
    assert done["status"] == "completed"
    assert [each.body["structured_inputs"] for each in asked(emulator)] == [inputs] * 2


async def test_an_approval_goes_on_with_them_too(emulator: Emulator, connect: Connect) -> None:
    inputs = {"city": "Oslo"}
    async with connect({"elicitation_callback": Person(YES)}) as client:
        done = await ask(client, "[approve github.merge]", "forecast", inputs=inputs)
    assert done["status"] == "completed"
    assert [each.body["structured_inputs"] for each in asked(emulator)] == [inputs] * 2


async def test_an_answer_that_is_mended_is_asked_for_with_them_too(
    emulator: Emulator, client: Client
) -> None:
    emulator.script("[say no data]", '[say {"rain": true}]')
    inputs = {"city": "Oslo"}
    schema = {"type": "object", "required": ["rain"]}
    done = await ask(client, "Rain?", "forecast", inputs=inputs, answer_schema=schema)
    assert done["data"] == {"rain": True}
    assert [each.body["structured_inputs"] for each in asked(emulator)] == [inputs] * 2


@pytest.mark.parametrize("level", ["DEBUG", "INFO"])
async def test_what_is_given_as_an_input_is_not_logged(
    client: Client, caplog: pytest.LogCaptureFixture, level: str
) -> None:
    caplog.set_level(level)
    await ask(client, "Rain?", "forecast", inputs={"city": PRIVATE})
    assert PRIVATE not in caplog.text
