"""Looking at the project."""

from __future__ import annotations

from json import dumps
from typing import TYPE_CHECKING

import pytest

from tests.rigs.calling import answered, ask, failed

if TYPE_CHECKING:
    from mcp.client import Client

    from mcp_foundry.emulator import Emulator
    from tests.conftest import Connect

pytestmark = pytest.mark.anyio


async def test_agents_of_both_generations_are_listed_by_what_they_are_asked_with(
    client: Client,
) -> None:
    listed = await answered(client, "list_agents")
    agents = {agent["name"]: agent for agent in listed["agents"]}
    assert agents["researcher"] == {
        "name": "researcher",
        "version": "2",
        "generation": "responses",
        "model": "scripted-model",
        "description": "Searches the web and GitHub.",
        "kind": "prompt",
        "state": "enabled",
    }
    assert agents["asst_helper"] == {
        "name": "asst_helper",
        "generation": "classic",
        "model": "scripted-model",
        "description": "Answers questions.",
        "kind": "prompt",
        "display_name": "helper",
    }
    assert "note" not in listed
    for name in agents:
        assert (await ask(client, "[say Hi]", name))["status"] == "completed"


async def test_where_the_listing_of_agents_is_refused_the_call_fails(
    emulator: Emulator, connect: Connect
) -> None:
    emulator.fail_next(403, message="No role", on="GET /agents", times=9)
    async with connect() as client:
        error = await failed(client, "list_agents")
    emulator.clear_faults()
    assert error["code"] == "forbidden"
    assert "Azure AI User" in error["message"]


async def test_only_agents_that_may_be_asked_are_listed(connect: Connect) -> None:
    async with connect(agents=frozenset({"weather", "asst_helper"})) as client:
        listed = await answered(client, "list_agents")
    assert {agent["name"] for agent in listed["agents"]} == {"weather", "asst_helper"}


async def test_connections_are_listed_with_types_that_no_sdk_knows_and_without_credentials(
    emulator: Emulator, client: Client
) -> None:
    emulator.store.add_connection(
        "odd", "TypeOfTomorrow", "https://odd.example.com/", credentials="AccountKey"
    )
    emulator.store.connections["odd"]["credentials"]["key"] = "s3cr3t"
    listed = await answered(client, "list_connections")
    connections = {each["name"]: each for each in listed["connections"]}
    assert connections["odd"] == {
        "name": "odd",
        "type": "TypeOfTomorrow",
        "target": "https://odd.example.com/",
        "is_default": False,
        "auth_type": "AccountKey",
    }
    assert connections["openai"]["metadata"] == {"ApiType": "Azure"}
    assert {"RemoteTool", "CosmosDb"} <= {each["type"] for each in connections.values()}
    assert "s3cr3t" not in dumps(listed)
    assert all(request.method == "GET" for request in emulator.received)


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({"connection_type": "AzureOpenAI"}, ["openai"]),
        ({"connection_type": "CosmosDb"}, ["cosmos"]),
        ({"connection_type": "NeverHeardOf"}, []),
        ({"default_only": True}, ["openai", "search", "cosmos"]),
        ({"connection_type": "RemoteTool", "default_only": True}, []),
    ],
)
async def test_connections_are_filtered_by_the_service(
    connect: Connect, filters: dict[str, object], names: list[str]
) -> None:
    async with connect() as client:
        listed = await answered(client, "list_connections", **filters)
    assert [each["name"] for each in listed["connections"]] == names


async def test_a_refusal_of_the_filter_is_passed_on(emulator: Emulator, connect: Connect) -> None:
    emulator.fail_next(400, code="UserError", message="Unknown category", on="GET /connections")
    async with connect() as client:
        error = await failed(client, "list_connections", connection_type="Nope")
    assert error["code"] == "invalid_request"
    assert error["status"] == 400
    assert "Unknown category" in error["message"]


async def test_deployments_are_listed_with_what_a_version_needs_to_know(client: Client) -> None:
    listed = await answered(client, "list_deployments")
    deployments = {each["name"]: each for each in listed["deployments"]}
    assert deployments["gpt-4o"] == {
        "name": "gpt-4o",
        "model_name": "gpt-4o",
        "model_version": "2024-11-20",
        "model_publisher": "OpenAI",
        "sku": "GlobalStandard",
        "capacity": 100,
        "capabilities": {"chat_completion": "true"},
    }
    assert len(deployments) == 4


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({"model_name": "gpt-4o"}, ["gpt-4o"]),
        ({"model_publisher": "Emulator"}, ["scripted-model", "scripted-embedding"]),
        ({"model_name": "gpt-4o", "model_publisher": "Emulator"}, []),
    ],
)
async def test_deployments_are_filtered_by_the_service(
    connect: Connect, filters: dict[str, str], names: list[str]
) -> None:
    async with connect() as client:
        listed = await answered(client, "list_deployments", **filters)
    assert [each["name"] for each in listed["deployments"]] == names
