"""Wrong arguments: told by name, before anything is sent, and the server goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from tests.rigs.calling import GENERATIONS, answered, ask, failed, refused

if TYPE_CHECKING:
    from mcp.client import Client

    from mcp_foundry.emulator import Emulator
    from tests.conftest import Connect

pytestmark = pytest.mark.anyio

ASKING = pytest.mark.parametrize("tool", ["ask_agent", "stream_agent"])
EMPTY = ["", " ", "\n\t", "\u3000"]


@ASKING
@pytest.mark.parametrize("message", EMPTY)
async def test_an_empty_message_is_refused(
    emulator: Emulator, connect: Connect, tool: str, message: str
) -> None:
    async with connect() as client:
        told = await refused(client, emulator, tool, message=message, agent="helper")
    assert "message is empty" in told


@GENERATIONS
async def test_a_message_of_two_megabytes_is_refused_with_its_size(
    emulator: Emulator, client: Client, agent: str
) -> None:
    told = await refused(client, emulator, "ask_agent", message="x" * 2_000_000, agent=agent)
    assert "2,000,000 bytes" in told
    assert "1,048,576" in told


async def test_bytes_are_counted_not_characters(emulator: Emulator, connect: Connect) -> None:
    async with connect() as client:
        told = await refused(client, emulator, "ask_agent", message="東" * 400_000)
    assert "1,200,000 bytes" in told


@GENERATIONS
async def test_a_message_of_a_megabyte_arrives_whole(
    emulator: Emulator, connect: Connect, agent: str
) -> None:
    message = "x" * 1_000_000
    async with connect() as client:
        answer = await ask(client, message, agent)
    assert "1,000,000 characters" in answer["text"]
    body = cast("dict[str, Any]", emulator.received[-1].body)
    sent = body["input"] if agent == "helper" else body["thread"]["messages"][0]["content"]
    assert sent == message


BAD_AGENTS = [
    "a/b",
    "../agents",
    "a b",
    "-a",
    "a-",
    "a" * 64,
    "helper:",
    "helper:1/2",
    ":1",
    "asst_",
    "asst_a/b",
    "asst_a:1",
    "helper\n",
    "{}",
]


@ASKING
@pytest.mark.parametrize("agent", BAD_AGENTS)
async def test_what_can_be_no_agent_is_refused_with_the_three_forms(
    emulator: Emulator, connect: Connect, tool: str, agent: str
) -> None:
    async with connect() as client:
        told = await refused(client, emulator, tool, message="Hi", agent=agent)
    assert "NAME, NAME:VERSION nor asst_…" in told
    assert "list_agents" in told


@pytest.mark.parametrize("agent", ["nobody", "asst_nobody", "helper:99", "nobody:1"])
async def test_an_agent_or_version_that_is_not_there_is_named(client: Client, agent: str) -> None:
    error = await failed(client, "ask_agent", message="Hi", agent=agent)
    assert error["code"] == "agent_not_found"
    assert agent.partition(":")[0] in error["message"]
    assert "list_agents" in error["message"]
    assert (await ask(client, "Hi"))["status"] == "completed"


@pytest.mark.parametrize(
    "conversation_id",
    ["x", "resp_", "conv_a/b", "../resp_1", "asst_helper", "NEW", "thread_1/../x", "resp_1\n"],
)
async def test_what_can_be_no_conversation_is_refused_with_the_four_forms(
    emulator: Emulator, connect: Connect, conversation_id: str
) -> None:
    async with connect() as client:
        told = await refused(
            client, emulator, "ask_agent", message="Hi", conversation_id=conversation_id
        )
    assert "resp_…, conv_…, thread_… and `new`" in told


@pytest.mark.parametrize(
    ("agent", "conversation_id", "fitting"),
    [
        ("helper", "thread_1", "resp_… or conv_…"),
        ("asst_helper", "resp_1", "thread_…"),
        ("asst_helper", "conv_1", "thread_…"),
    ],
)
async def test_a_conversation_of_the_other_generation_is_refused_and_the_fitting_one_named(
    emulator: Emulator, connect: Connect, agent: str, conversation_id: str, fitting: str
) -> None:
    async with connect() as client:
        told = await refused(
            client,
            emulator,
            "ask_agent",
            message="Hi",
            agent=agent,
            conversation_id=conversation_id,
        )
    assert fitting in told


@pytest.mark.parametrize(
    "answer_id", ["", "x", "conv_1", "thread_1", "run_1", "thread_1/run_1/x", "resp_1/../x"]
)
async def test_what_can_be_no_answer_id_is_refused_with_the_three_forms(
    emulator: Emulator, connect: Connect, answer_id: str
) -> None:
    async with connect() as client:
        told = await refused(client, emulator, "get_answer", answer_id=answer_id)
    assert "resp_…, AGENT/caresp_… and thread_…/run_…" in told


@pytest.mark.parametrize("answer_id", ["resp_gone", "thread_gone/run_gone"])
async def test_an_answer_that_is_not_there_is_named(connect: Connect, answer_id: str) -> None:
    async with connect() as client:
        error = await failed(client, "get_answer", answer_id=answer_id)
    assert error["code"] == "conversation_not_found"
    assert f"answer '{answer_id}': the service has no such answer" in error["message"]
    assert "conversation_id" not in error["message"]


@pytest.mark.parametrize("agent", ["researcher", "researcher:1", "asst_helper"])
async def test_an_agent_outside_the_allow_list_is_not_asked(
    emulator: Emulator, connect: Connect, agent: str
) -> None:
    async with connect(agents=frozenset({"helper", "weather"})) as client:
        error = await failed(client, "ask_agent", message="Hi", agent=agent)
    assert error["code"] == "not_allowed"
    assert "helper, weather" in error["message"]
    assert emulator.received == []


async def test_an_agent_on_the_allow_list_may_be_asked_in_every_version(
    connect: Connect,
) -> None:
    async with connect(agents=frozenset({"helper", "researcher:1"})) as client:
        assert (await ask(client, "Hi", "helper:1"))["status"] == "completed"
        assert (await ask(client, "Hi", "researcher:1"))["status"] == "completed"
        error = await failed(client, "ask_agent", message="Hi", agent="researcher:2")
    assert error["code"] == "not_allowed"


async def test_the_answer_of_an_agent_outside_the_allow_list_is_not_handed_out(
    connect: Connect,
) -> None:
    async with connect() as client:
        answer = await ask(client, "Hi", "researcher")
    async with connect(agents=frozenset({"helper"})) as client:
        error = await failed(client, "get_answer", answer_id=answer["answer_id"])
    assert error["code"] == "not_allowed"


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"message": 7}, "message"),
        ({"message": ["x"]}, "message"),
        ({"message": "Hi", "agent": {}}, "agent"),
        ({"message": "Hi", "replies": "x"}, "replies"),
        ({"message": "Hi", "replies": [{"approve": True}]}, "replies[0].id"),
    ],
)
async def test_an_argument_of_the_wrong_type_is_named_without_repeating_its_value(
    emulator: Emulator, connect: Connect, arguments: dict[str, Any], named: str
) -> None:
    async with connect() as client:
        told = await refused(client, emulator, "ask_agent", **arguments)
    assert told.startswith(f"ask_agent: {named}")
    assert "pydantic" not in told


async def test_a_tool_that_is_not_there_is_answered_with_those_that_are(client: Client) -> None:
    error = await failed(client, "ask_agnet", message="Hi")
    assert error["code"] == "invalid_request"
    assert "ask_agent, stream_agent" in error["message"]


async def test_the_server_goes_on_after_every_wrong_call(client: Client) -> None:
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("ask_agent", {"message": ""}),
        ("batch_ask", {"requests": "x"}),
        ("create_agent_version", {"agent_name": "/"}),
        ("search_memory", {}),
        ("list_connections", {"default_only": "perhaps"}),
    ]
    for tool, arguments in wrong:
        error = await failed(client, tool, **arguments)
        assert error["code"] == "invalid_request"
    assert (await answered(client, "ask_agent", message="[say Here.]"))["text"] == "Here."
