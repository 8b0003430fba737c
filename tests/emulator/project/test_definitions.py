"""What the service turns down of agents: definitions, previews, endpoints, and ends of them."""

from typing import Any

import aiohttp
import pytest
from azure.ai.projects.aio import AIProjectClient
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from openai import NotFoundError

from mcp_foundry.emulator import DEFAULT_MODEL, Emulator
from tests.rigs.asking_raw import error_of
from tests.rigs.hosted import HOSTED, SESSIONS

pytestmark = pytest.mark.anyio

PROMPT: dict[str, Any] = {"kind": "prompt", "model": DEFAULT_MODEL}
CONTAINER = {"container_configuration": {"image": "a"}}
BARE = {name: value for name, value in HOSTED.items() if name != "image"}


async def details(response: aiohttp.ClientResponse) -> list[tuple[str, str]]:
    """What a refusal by the schema names, and how."""
    assert response.status == 400
    error = await error_of(response)
    assert error["message"] == "The provided data does not match the expected schema"
    return [(each["param"], each["message"]) for each in error["details"]]


WRONG: dict[str, tuple[dict[str, Any], str, str]] = {
    "no image": (BARE, "/definition/container_configuration", "Exactly one of"),
    "image and code": (
        {**BARE, **CONTAINER, "code_configuration": {"runtime": "python_3_14"}},
        "/definition/container_configuration",
        "Exactly one of",
    ),
    "a container without an image": (
        {**BARE, "container_configuration": {"x": 1}},
        "/definition/container_configuration/image",
        "Missing required parameter",
    ),
    "no processor": ({"kind": "hosted", "memory": "1Gi", "image": "a"}, "/definition/cpu", "Miss"),
    "no memory": ({"kind": "hosted", "cpu": "1", "image": "a"}, "/definition/memory", "Missing"),
    "a processor in figures": ({**HOSTED, "cpu": 1}, "/definition/cpu", "expected a string"),
    "too many processors": ({**HOSTED, "cpu": "64"}, "/definition/cpu", "not between 0.25 and 3.5"),
    "too little memory": ({**HOSTED, "memory": "1Gi"}, "/definition/memory", "not twice the CPU"),
    "memory in other units": ({**HOSTED, "memory": "2G"}, "/definition/memory", "not twice"),
    "too short a rest": (
        {**HOSTED, "session_configuration": {"idle_timeout_seconds": 10}},
        "/definition/session_configuration/idle_timeout_seconds",
        "Expected a value >= 120",
    ),
    "a protocol without a version": (
        {**HOSTED, "protocol_versions": [{"protocol": "responses"}]},
        "/definition/protocol_versions/0/version",
        "Missing required parameter",
    ),
    "too hot": ({**PROMPT, "temperature": 3}, "/definition/temperature", "Expected a value <= 2"),
    "tools that are none": ({**PROMPT, "tools": [5]}, "/definition/tools/0", "expected an object"),
    "inputs that are none": (
        {**PROMPT, "structured_inputs": {"x": 5}},
        "/definition/structured_inputs/x",
        "expected an object",
    ),
}


@pytest.mark.parametrize("case", WRONG)
async def test_a_definition_that_no_agent_can_have_is_refused(
    raw: aiohttp.ClientSession, case: str
) -> None:
    definition, path, words = WRONG[case]
    async with raw.post("agents/fresh/versions", json={"definition": definition}) as response:
        ((named, sentence),) = await details(response)
    assert (named, words in sentence) == (path, True)


async def test_a_description_has_512_characters(raw: aiohttp.ClientSession) -> None:
    for length, status in ((512, 200), (513, 400)):
        body = {"definition": PROMPT, "description": "d" * length}
        async with raw.post("agents/fresh/versions", json=body) as response:
            assert response.status == status


async def test_an_image_in_a_configuration_will_do(raw: aiohttp.ClientSession) -> None:
    body = {"definition": {**BARE, **CONTAINER}}
    async with raw.post("agents/fresh/versions", json=body) as response:
        assert (response.status, (await response.json())["status"]) == (200, "creating")


@pytest.mark.parametrize(
    ("body", "what", "feature"),
    [
        ({"definition": {"kind": "external"}}, "External agents", "ExternalAgents=V1Preview"),
        ({"definition": {"kind": "voice"}}, "Voice agents", "VoiceAgents=V1Preview"),
        ({"definition": PROMPT, "draft": True}, "Draft agents", "DraftAgents=V1Preview"),
    ],
)
async def test_a_preview_must_be_opted_in_to(
    raw: aiohttp.ClientSession, body: dict[str, Any], what: str, feature: str
) -> None:
    async with raw.post("agents/fresh/versions", json=body) as response:
        assert response.status == 403
        error = await error_of(response)
    assert (error["code"], error["param"]) == ("preview_feature_required", "Foundry-Features")
    assert error["message"].startswith(f"{what} is in preview.")
    headers = {"Foundry-Features": f"Other=V1Preview, {feature}"}
    async with raw.post("agents/fresh/versions", json=body, headers=headers) as response:
        assert response.status == 200


async def test_an_external_agent_shows_by_which_name_it_is_traced(
    project: AIProjectClient,
) -> None:
    definition: Any = {"kind": "external"}
    made: Any = await project.agents.create_version("outside", definition=definition)
    assert made.definition["otel_agent_id"] == "outside"


def rules(*shares: tuple[str, object]) -> dict[str, Any]:
    """An endpoint whose traffic goes there."""
    given = [
        {"type": "FixedRatio", "agent_version": version, "traffic_percentage": share}
        for version, share in shares
    ]
    return {"agent_endpoint": {"version_selector": {"version_selection_rules": given}}}


WRONG_ENDPOINTS: dict[str, dict[str, Any]] = {
    "two versions": rules(("1", 50), ("2", 50)),
    "half of the traffic": rules(("1", 50)),
    "a version that is not there": rules(("9", 100)),
    "a share in words": rules(("1", "all")),
    "no rule": {"agent_endpoint": {"version_selector": {"version_selection_rules": [5]}}},
    "no rules": {"agent_endpoint": {"version_selector": {"version_selection_rules": 5}}},
    "no selector": {"agent_endpoint": {"version_selector": []}},
    "no endpoint": {"agent_endpoint": 5},
}


@pytest.mark.parametrize("case", WRONG_ENDPOINTS)
async def test_an_endpoint_that_serves_no_one_version_is_refused(
    emulator: Emulator, raw: aiohttp.ClientSession, case: str
) -> None:
    emulator.store.add_agent("helper")
    async with raw.patch("agents/helper", json=WRONG_ENDPOINTS[case]) as response:
        assert response.status == 400
        assert (await error_of(response))["code"] == "invalid_payload"
    async with raw.patch("agents/helper", json=rules(("1", 100))) as response:
        assert response.status == 200
    assert emulator.store.agents["helper"].served == "1"


@pytest.mark.usefixtures("hosted")
async def test_a_hosted_agent_at_work_is_deleted_by_force_alone(
    project: AIProjectClient, raw: aiohttp.ClientSession
) -> None:
    async with raw.post(SESSIONS, json={}) as response:
        session = (await response.json())["agent_session_id"]
    with pytest.raises(ResourceExistsError, match="Version 'box:1' has active sessions"):
        await project.agents.delete_version("box", "1")
    with pytest.raises(ResourceExistsError, match="Agent 'box' has active sessions"):
        await project.agents.delete("box")
    async with raw.post(f"{SESSIONS}/{session}:stop") as response:
        assert response.status == 204
    await project.agents.delete_version("box", "1")
    with pytest.raises(ResourceNotFoundError):
        await project.agents.get("box")


async def test_an_agent_whose_model_is_not_deployed_is_made_but_not_answered_for(
    project: AIProjectClient,
) -> None:
    definition: Any = {"kind": "prompt", "model": "gpt-none"}
    await project.agents.create_version("bare", definition=definition)
    reference = {"agent_reference": {"type": "agent_reference", "name": "bare"}}
    async with project.get_openai_client() as openai:
        with pytest.raises(NotFoundError, match="The API deployment for this resource does not"):
            await openai.responses.create(input="Hi", extra_body=reference)
        definition["model"] = "openai/gpt-4o"
        await project.agents.create_version("bare", definition=definition)
        assert await openai.responses.create(input="Hi", extra_body=reference)


async def test_a_hosted_agent_says_that_no_container_runs(
    hosted: None, project: AIProjectClient
) -> None:
    del hosted
    async with project.get_openai_client(agent_name="box") as openai:
        answer = await openai.responses.create(input="Hi")
    assert "box (version 1, hosted, though no container runs here)" in answer.output_text


async def test_a_session_takes_words_alone(hosted: None, raw: aiohttp.ClientSession) -> None:
    del hosted
    async with raw.post(SESSIONS, json={"version_indicator": {"agent_version": 1}}) as response:
        ((_, sentence),) = await details(response)
    assert "expected a string, but got an integer" in sentence


async def test_a_name_too_long_is_told_by_the_sdk(project: AIProjectClient) -> None:
    definition: Any = PROMPT
    with pytest.raises(HttpResponseError, match="must not exceed 63 characters"):
        await project.agents.create_version("a" * 64, definition=definition)
