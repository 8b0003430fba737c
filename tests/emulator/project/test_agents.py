"""Agents and their versions, connections and deployments, through AIProjectClient."""

from typing import Any

import aiohttp
import pytest
from azure.ai.projects.aio import AIProjectClient
from azure.ai.projects.models import ConnectionType, PromptAgentDefinition
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from mcp_foundry.emulator import DEFAULT_MODEL, Emulator
from tests.rigs.hosted import HOSTED, SESSIONS, ask

pytestmark = pytest.mark.anyio


def prompt(instructions: str) -> PromptAgentDefinition:
    return PromptAgentDefinition(model=DEFAULT_MODEL, instructions=instructions)


async def test_versions_count_up_and_are_listed_newest_first(project: AIProjectClient) -> None:
    for each in ("One", "Two", "Two"):
        await project.agents.create_version("fresh", definition=prompt(each))
    listed = [version.version async for version in project.agents.list_versions("fresh")]
    assert listed == ["3", "2", "1"]
    agent = await project.agents.get("fresh")
    assert agent.versions.latest.version == "3"


async def test_the_number_of_a_deleted_version_is_not_used_again(project: AIProjectClient) -> None:
    await project.agents.create_version("fresh", definition=prompt("One"))
    await project.agents.create_version("fresh", definition=prompt("Two"))
    await project.agents.delete_version("fresh", "2")
    assert (await project.agents.create_version("fresh", definition=prompt("x"))).version == "3"


async def test_an_agent_without_versions_is_gone(project: AIProjectClient) -> None:
    await project.agents.create_version("fresh", definition=prompt("One"))
    await project.agents.delete_version("fresh", "1")
    with pytest.raises(ResourceNotFoundError, match="Agent 'fresh' not found"):
        await project.agents.get("fresh")


async def test_a_version_keeps_what_it_was_created_with(project: AIProjectClient) -> None:
    created = await project.agents.create_version(
        "fresh", definition=prompt("Hi"), description="What it is", metadata={"label": "v1"}
    )
    version = await project.agents.get_version("fresh", created.version)
    assert version.as_dict() == created.as_dict()
    assert (version.description, version.metadata, version.status) == (
        "What it is",
        {"label": "v1"},
        "active",
    )


async def test_agents_are_listed_by_kind_and_deleted(
    emulator: Emulator, project: AIProjectClient
) -> None:
    emulator.store.add_agent("flow", definition={"kind": "workflow", "workflow": ""})
    assert [agent.name async for agent in project.agents.list(kind="workflow")] == ["flow"]
    await project.agents.delete("flow")
    names = [agent.name async for agent in project.agents.list(order="asc")]
    assert names == ["helper", "researcher", "weather"]


async def test_an_agent_can_be_disabled_and_enabled(project: AIProjectClient) -> None:
    for change, state in ((project.agents.disable, "disabled"), (project.agents.enable, "enabled")):
        await change("helper")
        agent: Any = await project.agents.get("helper")
        assert (agent.state, agent["configuration_state"]) == (state, state)


async def test_connections_of_all_types_come_without_credentials(project: AIProjectClient) -> None:
    connections = [each async for each in project.connections.list()]
    assert {each.type for each in connections} == {
        "AzureOpenAI",
        "CognitiveSearch",
        "AzureStorageAccount",
        "RemoteTool",
        "CosmosDb",
    }
    assert all(set(each.credentials.as_dict()) == {"type"} for each in connections)


async def test_connections_are_filtered(project: AIProjectClient) -> None:
    listing = project.connections.list
    kind = ConnectionType.AZURE_OPEN_AI
    assert [each.name async for each in listing(connection_type=kind)] == ["openai"]
    assert [each.name async for each in listing(default_connection=False)] == [
        "storage",
        "github-mcp",
    ]


async def test_a_connection_is_read_but_never_its_key(project: AIProjectClient) -> None:
    assert (await project.connections.get("search")).is_default
    with pytest.raises(HttpResponseError, match="holds no credentials"):
        await project.connections.get("search", include_credentials=True)
    with pytest.raises(ResourceNotFoundError, match="Connection none can't be found"):
        await project.connections.get("none")


async def test_deployments_are_filtered_and_read(
    emulator: Emulator, project: AIProjectClient
) -> None:
    emulator.store.add_deployment("prod", model="gpt-5", publisher="Microsoft")
    listing = project.deployments.list
    assert [each.name async for each in listing(model_publisher="Microsoft")] == ["prod"]
    assert [each.name async for each in listing(model_name="gpt-5")] == ["prod"]
    kind = "ModelDeployment"
    assert len([each async for each in listing(deployment_type=kind)]) == 5
    assert [each async for each in listing(model_name="Phi-4")] == []
    assert (await project.deployments.get("prod")).as_dict()["modelName"] == "gpt-5"
    with pytest.raises(ResourceNotFoundError, match="Deployment none"):
        await project.deployments.get("none")


PATCHES: dict[str, tuple[object, object]] = {
    "a field": ({"description": "Bags."}, {"version": "1", "description": "Bags.", "x": {"a": 1}}),
    "a field within": ({"x": {"b": 2}}, {"version": "1", "x": {"a": 1, "b": 2}}),
    "null within": ({"x": {"a": None}}, {"version": "1", "x": {}}),
    "nothing": ({}, {"version": "1", "x": {"a": 1}}),
    "a list": ({"x": [1]}, {"version": "1", "x": [1]}),
    "null": (None, None),
}


@pytest.mark.parametrize("case", PATCHES)
async def test_an_agent_is_patched_in_part(raw: aiohttp.ClientSession, case: str) -> None:
    patch, wanted = PATCHES[case]
    for card in ({"version": "1", "x": {"a": 1}}, patch):
        async with raw.patch("agents/helper", json={"agent_card": card}) as response:
            body = await response.json()
    assert body.get("agent_card") == wanted
    assert "agent_endpoint" not in body


async def test_an_endpoint_is_patched_in_part(project: AIProjectClient) -> None:
    rules = [{"type": "FixedRatio", "agent_version": "1", "traffic_percentage": 100}]
    endpoint: Any = {"version_selector": {"version_selection_rules": rules}}
    await project.agents.update_details("helper", agent_endpoint=endpoint)
    protocols: Any = {"protocols": ["responses"]}
    await project.agents.update_details("helper", agent_endpoint=protocols)
    agent: Any = await project.agents.get("helper")
    shown = agent["agent_endpoint"]
    assert shown["version_selector"] == endpoint["version_selector"]
    assert shown["protocols"] == ["responses"]
    assert shown["authorization_schemes"][0]["type"] == "Entra"


async def test_a_draft_is_not_the_latest_and_listed_only_where_it_is_asked_for(
    project: AIProjectClient,
) -> None:
    made = await project.agents.create_version("helper", definition=prompt("x"), draft=True)
    assert (made.version, made.draft) == ("2", True)
    assert (await project.agents.get("helper")).versions.latest.version == "1"
    listed = [each.version async for each in project.agents.list_versions("helper")]
    assert listed == ["1"]
    pager = project.agents.list_versions("helper", include_drafts=True)
    assert [each.version async for each in pager] == ["2", "1"]
    only = await project.agents.create_version("fresh", definition=prompt("x"), draft=True)
    latest = (await project.agents.get("fresh")).versions.latest
    assert (latest.version, latest.draft) == (only.version, True)


async def test_a_draft_is_asked_by_its_version(
    emulator: Emulator, raw: aiohttp.ClientSession
) -> None:
    emulator.store.add_agent("helper", draft=True)
    for version in ({}, {"version": "2"}):
        reference = {"type": "agent_reference", "name": "helper", **version}
        _, body, _ = await ask(raw, place="openai/v1/responses", agent_reference=reference)
        assert body["agent_reference"] == {"version": "1", **reference}
    emulator.store.add_agent("box", definition=HOSTED)
    emulator.store.add_agent("box", definition=HOSTED, draft=True)
    indicator = {"type": "version_ref", "agent_version": "2"}
    async with raw.post(SESSIONS, json={"version_indicator": indicator}) as response:
        session = (await response.json())["agent_session_id"]
    for named, version in (({}, "1"), ({"agent_session_id": session}, "2")):
        assert (await ask(raw, **named))[1]["agent_reference"]["version"] == version
