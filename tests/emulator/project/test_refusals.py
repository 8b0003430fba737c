"""What the service turns down of agents, memory, threads and runs."""

from typing import Any

import aiohttp
import pytest
from azure.ai.projects.aio import AIProjectClient
from azure.ai.projects.models import PromptAgentDefinition
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from yarl import URL

from mcp_foundry.emulator import DEFAULT_MEMORY_STORE, DEFAULT_MODEL
from tests.rigs.asking_raw import error_of

pytestmark = pytest.mark.anyio


WRONG_DEFINITIONS: dict[str, dict[str, Any]] = {
    "no kind": {},
    "a kind of before": {"kind": "container_app"},
    "no model": {"kind": "prompt"},
    "undeclared": {"kind": "prompt", "model": "m", "instructions": "{{x}}"},
}


@pytest.mark.parametrize("case", WRONG_DEFINITIONS)
async def test_a_wrong_version_is_refused(raw: aiohttp.ClientSession, case: str) -> None:
    body = {"definition": WRONG_DEFINITIONS[case]}
    async with raw.post("agents/fresh/versions", json=body) as response:
        assert response.status == 400
        error = await error_of(response)
    assert (error["code"], error["message"]) == (
        "invalid_payload",
        "The supplied value is invalid.",
    )


@pytest.mark.parametrize("name", ["a%2Fb", "a-", "a" * 64, "a%00b", "..%2Fhelper", "%2e%2e"])
async def test_a_name_that_no_agent_can_have_is_refused(
    raw: aiohttp.ClientSession, name: str
) -> None:
    body = {"definition": {"kind": "prompt", "model": "m"}}
    async with raw.post(URL(f"agents/{name}/versions", encoded=True), json=body) as response:
        assert response.status == 400
        error = await error_of(response)
    assert (error["code"], "agentName{" in error["param"]) == ("invalid_parameters", True)
    assert error["message"].startswith("Must start and end with alphanumeric characters")


async def test_a_workflow_needs_the_preview_feature(raw: aiohttp.ClientSession) -> None:
    body = {"definition": {"kind": "workflow", "workflow": ""}}
    async with raw.post("agents/flow/versions", json=body) as response:
        assert response.status == 403
        assert (await error_of(response))["code"] == "preview_feature_required"
    opted_in = {"Foundry-Features": "WorkflowAgents=V1Preview"}
    async with raw.post("agents/flow/versions", json=body, headers=opted_in) as response:
        assert response.status == 200


async def test_unknown_agents_and_versions_are_named(project: AIProjectClient) -> None:
    with pytest.raises(ResourceNotFoundError, match="Agent 'no' not found"):
        await project.agents.get("no")
    with pytest.raises(ResourceNotFoundError, match="AgentVersion 'helper:9' not found"):
        await project.agents.get_version("helper", "9")
    definition = PromptAgentDefinition(model=DEFAULT_MODEL, instructions="")
    with pytest.raises(HttpResponseError, match="Must start and end with"):
        await project.agents.create_version("a b", definition=definition)


async def test_memory_needs_the_preview_feature_a_scope_and_numbers(
    raw: aiohttp.ClientSession,
) -> None:
    path = f"memory_stores/{DEFAULT_MEMORY_STORE}:update_memories"
    opted_in = {"Foundry-Features": "MemoryStores=V1Preview"}
    async with raw.post(path, json={"scope": "me"}) as response:
        assert response.status == 403
        assert (await error_of(response))["code"] == "preview_feature_required"
    async with raw.post(path, json={}, headers=opted_in) as response:
        assert (await error_of(response))["param"] == "scope"
    wrong = {"scope": "me", "update_delay": "soon"}
    async with raw.post(path, json=wrong, headers=opted_in) as response:
        assert (await error_of(response))["param"] == "update_delay"
    async with raw.post("memory_stores", json={"name": "x"}, headers=opted_in) as response:
        assert (await error_of(response))["param"] == "definition"
    async with raw.get(f"memory_stores/{DEFAULT_MEMORY_STORE}/updates/no") as response:
        assert (await error_of(response))["message"] == "Update 'no' not found"
