"""Making agent versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.rigs.calling import answered, ask, failed, refused

if TYPE_CHECKING:
    from mcp.client import Client

    from mcp_foundry.emulator import Emulator
    from tests.conftest import Connect

pytestmark = pytest.mark.anyio


async def test_a_version_of_a_new_agent_can_be_asked_at_once(client: Client) -> None:
    made = await answered(
        client,
        "create_agent_version",
        agent_name="support-helper",
        instructions="Be kind.",
        description="Helps.",
    )
    assert (made["agent_name"], made["version"]) == ("support-helper", "1")
    assert made["id"] == "support-helper:1"
    assert made["status"] == "active"
    assert made["created_at"] > 1_700_000_000
    assert made["definition"] == {
        "kind": "prompt",
        "model": "scripted-model",
        "instructions": "Be kind.",
    }
    assert (await ask(client, "Hi", "support-helper"))["agent"] == "support-helper:1"


async def test_a_further_version_is_the_latest_at_once(connect: Connect) -> None:
    async with connect() as client:
        made = await answered(
            client, "create_agent_version", agent_name="helper", instructions="Be brief."
        )
        assert made["version"] == "2"
        assert (await ask(client, "Hi", "helper"))["agent"] == "helper:2"


async def test_all_simple_arguments_reach_the_service(emulator: Emulator, connect: Connect) -> None:
    tools: list[dict[str, Any]] = [
        {"type": "web_search"},
        {
            "type": "mcp",
            "server_label": "github",
            "server_url": "https://mcp.example.com/github",
            "require_approval": "always",
        },
    ]
    async with connect() as client:
        await answered(
            client,
            "create_agent_version",
            agent_name="researcher",
            instructions='{"be": "exact"}',
            model="gpt-4o",
            description="[none]",
            tools=tools,
            metadata={"team": "a"},
            temperature=0,
            top_p=0.5,
            draft=True,
        )
    (request,) = emulator.received
    assert request.path == "/agents/researcher/versions"
    assert request.body == {
        "definition": {
            "kind": "prompt",
            "instructions": '{"be": "exact"}',
            "model": "gpt-4o",
            "tools": tools,
            "temperature": 0,
            "top_p": 0.5,
        },
        "metadata": {"team": "a"},
        "description": "[none]",
        "draft": True,
    }


async def test_a_refusal_of_the_service_is_passed_on_and_nothing_is_sent_again(
    emulator: Emulator, connect: Connect
) -> None:
    async with connect() as client:
        error = await failed(
            client, "create_agent_version", agent_name="x", definition={"kind": "poem"}
        )
        assert error["code"] == "invalid_request"
        assert error["status"] == 400
        emulator.fail_next(500, on="POST /agents", times=3)
        error = await failed(client, "create_agent_version", agent_name="x")
    emulator.clear_faults()
    assert error["code"] == "service_unavailable"
    # Whether the agent is there was asked before, for such a version would lose what it has.
    assert [request.method for request in emulator.received] == ["POST", "GET", "POST"]


BAD_NAMES = ["", "a/b", "../x", "-a", "a-", "a b", "a_b", "a:1", "é", "a" * 64, "asst_1", "a\n"]


@pytest.mark.parametrize("name", BAD_NAMES)
async def test_a_name_that_foundry_does_not_take_is_refused_before_anything_is_sent(
    emulator: Emulator, connect: Connect, name: str
) -> None:
    async with connect() as client:
        message = await refused(client, emulator, "create_agent_version", agent_name=name)
    assert "agent_name" in message
    assert "at most 63" in message


@pytest.mark.parametrize("name", ["a", "A1", "a-b", "a--b", "a" * 63])
async def test_a_name_that_foundry_takes_is_sent(connect: Connect, name: str) -> None:
    async with connect() as client:
        made = await answered(client, "create_agent_version", agent_name=name)
    assert made["agent_name"] == name


async def test_a_tool_without_a_type_is_refused_with_an_example(
    emulator: Emulator, connect: Connect
) -> None:
    async with connect() as client:
        message = await refused(
            client, emulator, "create_agent_version", agent_name="x", tools=[{"name": "search"}]
        )
    assert '{"type": "web_search"}' in message


@pytest.mark.parametrize("wrong", [{"temperature": 3}, {"top_p": -1}, {"metadata": {"a": [1]}}])
async def test_a_number_out_of_range_is_refused_by_its_name(
    emulator: Emulator, connect: Connect, wrong: dict[str, Any]
) -> None:
    async with connect() as client:
        message = await refused(client, emulator, "create_agent_version", agent_name="x", **wrong)
    assert next(iter(wrong)) in message


async def test_without_any_model_the_error_says_how_to_name_one(
    emulator: Emulator, connect: Connect
) -> None:
    async with connect(model="") as client:
        error = await failed(client, "create_agent_version", agent_name="x")
    assert error["code"] == "not_configured"
    assert "list_deployments" in error["message"]
    assert "FOUNDRY_MODEL_NAME" in error["message"]
    assert emulator.received == []


async def test_an_agent_outside_the_allow_list_gets_no_version(
    emulator: Emulator, connect: Connect
) -> None:
    async with connect(agents=frozenset({"helper"})) as client:
        error = await failed(client, "create_agent_version", agent_name="other")
    assert error["code"] == "not_allowed"
    assert "MCP_FOUNDRY_AGENTS" in error["message"]
    assert emulator.received == []


async def test_what_is_left_out_is_taken_from_the_version_that_is_named(
    emulator: Emulator, connect: Connect
) -> None:
    first = {"instructions": "Rhyme.", "tools": [{"type": "web_search"}], "metadata": {"a": "b"}}
    async with connect() as client:
        await answered(client, "create_agent_version", agent_name="poet", **first, description="D")
        await answered(client, "create_agent_version", agent_name="poet", instructions="Bellow.")
        made = await answered(
            client, "create_agent_version", agent_name="poet", base="1", temperature=0.5
        )
    assert made["definition"]["instructions"] == "Rhyme."
    assert made["definition"]["tools"] == first["tools"]
    sent: Any = emulator.received[-1].body
    assert (sent["description"], sent["metadata"]) == ("D", {"a": "b"})


async def test_a_definition_may_change_a_part_of_its_base(connect: Connect) -> None:
    async with connect() as client:
        await answered(client, "create_agent_version", agent_name="poet", instructions="Rhyme.")
        made = await answered(
            client,
            "create_agent_version",
            agent_name="poet",
            base="latest",
            definition={"reasoning": {"effort": "low"}},
        )
    assert made["definition"]["instructions"] == "Rhyme."
    assert made["definition"]["reasoning"] == {"effort": "low"}


async def test_a_version_that_would_lose_what_its_agent_has_is_refused(
    emulator: Emulator, client: Client
) -> None:
    error = await failed(client, "create_agent_version", agent_name="helper", temperature=0.2)
    assert error["code"] == "invalid_request"
    assert "base='latest'" in error["message"]
    assert [request.method for request in emulator.received] == ["GET"]


@pytest.mark.parametrize(("base", "told"), [("latest", "nearest names: helper"), ("7", "helper")])
async def test_a_base_of_an_agent_that_is_not_there_is_told_with_the_nearest(
    emulator: Emulator, client: Client, base: str, told: str
) -> None:
    error = await failed(client, "create_agent_version", agent_name="helpr", base=base)
    assert error["code"] == "agent_not_found"
    assert told in error["message"]
    assert not any(request.method == "POST" for request in emulator.received)


async def test_a_base_that_is_not_there_is_told_with_the_newest_version(client: Client) -> None:
    error = await failed(client, "create_agent_version", agent_name="helper", base="9")
    assert error["code"] == "agent_not_found"
    assert "newest version is 1" in error["message"]
