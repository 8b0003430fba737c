"""The project as resources: agents and deployments; what there is, and what is not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from mcp_types import INTERNAL_ERROR, INVALID_PARAMS

from mcp_foundry.contract.redaction import without_credentials
from tests.rigs.calling import GENERATIONS, ask, failed
from tests.rigs.reading import read, refused

if TYPE_CHECKING:
    from mcp.client import Client

    from tests.conftest import Connect

pytestmark = pytest.mark.anyio


async def test_what_there_is_is_listed_with_title_and_kind(client: Client) -> None:
    resources = (await client.list_resources()).resources
    templates = (await client.list_resource_templates()).resource_templates

    assert {r.uri: r.mime_type for r in resources} == {
        "foundry://agents": "application/json",
        "foundry://deployments": "application/json",
        "foundry://usage": "application/json",
    }
    assert {t.uri_template: t.mime_type for t in templates} == {
        "foundry://agents/{name}": "application/json",
        "foundry://conversations/{id}": "text/markdown",
        "foundry://files/{place}/{name}": "application/octet-stream",
        "foundry://files/{holder}/{place}/{name}": "application/octet-stream",
    }
    assert all(each.title and each.description for each in [*resources, *templates])


async def test_the_agents_of_both_generations_are_there(client: Client) -> None:
    agents = json.loads(await read(client, "agents"))["agents"]
    assert {"helper", "asst_helper"} <= {agent["name"] for agent in agents}


async def test_the_deployments_are_there(client: Client) -> None:
    deployments = json.loads(await read(client, "deployments"))["deployments"]
    assert {"scripted-model", "gpt-4o"} <= {deployment["name"] for deployment in deployments}


async def test_an_agent_has_its_newest_definition_and_all_its_versions(client: Client) -> None:
    agent = json.loads(await read(client, "agents/researcher"))
    assert agent["version"] == "2"
    assert [tool["type"] for tool in agent["definition"]["tools"]] == ["web_search", "mcp"]
    assert [version["version"] for version in agent["versions"]] == ["2", "1"]
    assert all(version["created_at"].startswith("20") for version in agent["versions"])


async def test_a_version_has_its_own_definition(client: Client) -> None:
    agent = json.loads(await read(client, "agents/researcher:1"))
    assert agent["version"] == "1"
    assert [tool["type"] for tool in agent["definition"]["tools"]] == ["web_search"]


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("agents/nobody", "agent_not_found: agent 'nobody' not found"),
        ("agents/asst_nobody", "agent_not_found"),
        ("agents/helper:9", "'helper:9' not found"),
        ("agents/no%20body", "invalid_request: agent 'no body' is neither"),
        ("conversations/resp_nowhere", "conversation_not_found"),
        ("conversations/conv_nowhere", "conversation_not_found"),
        ("conversations/thread_nowhere", "conversation_not_found"),
        ("conversations/elsewhere", "invalid_request: conversation_id 'elsewhere'"),
        ("conversations/new", "invalid_request: `new` is no conversation yet"),
        ("models", "Unknown resource"),
    ],
)
async def test_what_is_not_there_is_said_to_be_so(client: Client, address: str, told: str) -> None:
    code, message = await refused(client, address)
    assert code == INVALID_PARAMS
    assert told in message


async def test_a_project_that_cannot_be_reached_is_told_with_what_to_do(connect: Connect) -> None:
    async with connect(endpoint="http://127.0.0.1:9/api/projects/none") as client:
        code, message = await refused(client, "deployments")
    assert code == INTERNAL_ERROR
    assert message.startswith("connection_failed: foundry://deployments: no connection")


@GENERATIONS
async def test_what_may_not_be_asked_may_not_be_read(
    connect: Connect, client: Client, agent: str
) -> None:
    said = await ask(client, "Hello", agent)
    async with connect(agents=frozenset({"weather"})) as restricted:
        assert (await failed(restricted, "ask_agent", message="Hi"))["code"] == "not_allowed"
        for address in (f"conversations/{said['conversation_id']}", f"agents/{agent}"):
            code, message = await refused(restricted, address)
            assert code == INTERNAL_ERROR
            assert message.startswith(f"not_allowed: agent '{agent}")
        listed = json.loads(await read(restricted, "agents"))["agents"]
        assert [each["name"] for each in listed] == ["weather"]


def test_credentials_within_a_definition_are_blanked_out() -> None:
    tool = {
        "type": "mcp",
        "server_url": "https://mcp.example.com/?code=abcdef",
        "headers": {"X-Team": "blue", "Authorization": "Bearer abcdefgh"},
        "allowed_tools": ["search"],
    }
    definition = {"kind": "prompt", "temperature": 0.5, "tools": [tool]}
    assert without_credentials(definition) == {
        "kind": "prompt",
        "temperature": 0.5,
        "tools": [
            {
                "type": "mcp",
                "server_url": "https://mcp.example.com/?code=***",
                "headers": {"X-Team": "***", "Authorization": "***"},
                "allowed_tools": ["search"],
            }
        ],
    }
