"""What the service turns down, in its own words and envelopes."""

from typing import Any

import aiohttp
import anyio
import pytest
from azure.ai.agents.aio import AgentsClient
from azure.ai.projects.aio import AIProjectClient
from azure.ai.projects.models import PromptAgentDefinition
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from openai import APIStatusError, AsyncOpenAI

from mcp_foundry.emulator import CLASSIC_AGENT, DEFAULT_MEMORY_STORE, DEFAULT_MODEL, TOKEN, Emulator

pytestmark = pytest.mark.anyio

HELPER: dict[str, Any] = {"agent_reference": {"type": "agent_reference", "name": "helper"}}


async def error_of(response: aiohttp.ClientResponse) -> dict[str, Any]:
    """The error of a refusal."""
    body: dict[str, Any] = await response.json()
    error: dict[str, Any] = body["error"]
    return error


async def test_without_a_token_nothing_is_answered(emulator: Emulator) -> None:
    async with (
        aiohttp.ClientSession() as anonymous,
        anonymous.get(f"{emulator.endpoint}/agents") as response,
    ):
        assert response.status == 401
        assert "Access token is missing" in (await error_of(response))["message"]


async def test_an_unknown_route_is_refused_and_noted() -> None:
    token = {"Authorization": f"Bearer {TOKEN}"}
    async with Emulator() as emulator, aiohttp.ClientSession(headers=token) as session:
        async with session.post(f"{emulator.endpoint}/evaluations/runs") as response:
            assert response.status == 501
            error = await error_of(response)
        assert error["code"] == "not_implemented"
        assert error["additionalInfo"]["request_id"] == response.headers["x-request-id"]
        assert emulator.unhandled == ["POST /evaluations/runs"]


async def test_another_project_is_not_found(emulator: Emulator, raw: aiohttp.ClientSession) -> None:
    async with raw.get("../other/agents") as response:
        assert response.status == 404
        assert "/api/projects/emulator" in (await error_of(response))["message"]
    assert emulator.unhandled == []


async def test_a_body_that_is_not_json_is_refused(raw: aiohttp.ClientSession) -> None:
    async with raw.post("openai/v1/responses", data=b"{") as response:
        assert response.status == 400
        assert "not JSON" in (await error_of(response))["message"]


async def test_the_openai_plane_has_its_own_envelope(raw: aiohttp.ClientSession) -> None:
    async with raw.get("openai/v1/responses/resp_none") as response:
        assert await error_of(response) == {
            "message": "Response with id 'resp_none' not found.",
            "type": "invalid_request_error",
            "param": None,
            "code": None,
        }


REFERENCE = "agent_reference"
REFUSED: dict[str, tuple[dict[str, Any], int, str]] = {
    "agent": ({REFERENCE: {"name": "no"}, "input": "Hi"}, 404, "Agent 'no' not found"),
    "version": (
        {REFERENCE: {"name": "helper", "version": "9"}, "input": "Hi"},
        404,
        "AgentVersion 'helper:9' not found",
    ),
    "old field": ({"agent": {"name": "helper"}, "input": "Hi"}, 400, "'agent' property is dep"),
    "no input": (HELPER, 400, "Missing required parameter: 'input'"),
    "no model": ({"input": "Hi"}, 400, "Missing required parameter: 'model'"),
    "deployment": ({"input": "Hi", "model": "no"}, 404, "deployment for this resource does not"),
    "conversation": (
        {**HELPER, "input": "Hi", "conversation": "conv_no"},
        404,
        "Conversation 'conv_no' not found",
    ),
    "previous": (
        {**HELPER, "input": "Hi", "previous_response_id": "resp_no"},
        400,
        "Previous response with id 'resp_no' not found",
    ),
    "both": (
        {**HELPER, "input": "Hi", "previous_response_id": "r", "conversation": "c"},
        400,
        "mutually exclusive",
    ),
    "background": (
        {**HELPER, "input": "Hi", "background": True, "store": False},
        400,
        "require 'store' to be true",
    ),
    "output": (
        {**HELPER, "input": [{"type": "function_call_output", "call_id": "call_no"}]},
        400,
        "No tool call found for function call output with call_id call_no",
    ),
    "approval": (
        {**HELPER, "input": [{"type": "mcp_approval_response", "approval_request_id": "no"}]},
        400,
        "No pending approval request found with id 'no'",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_a_wrong_response_is_refused(
    emulator: Emulator, raw: aiohttp.ClientSession, case: str
) -> None:
    body, status, words = REFUSED[case]
    async with raw.post("openai/v1/responses", json=body) as response:
        assert response.status == status
        assert words in (await error_of(response))["message"]
    assert (emulator.runs_created, emulator.runs_taken) == (1, 0)


async def test_a_disabled_agent_does_not_answer(
    project: AIProjectClient, openai: AsyncOpenAI
) -> None:
    await project.agents.disable("helper")
    with pytest.raises(APIStatusError, match="Agent 'helper' is disabled"):
        await openai.responses.create(input="Hi", extra_body=HELPER)


async def test_a_conversation_takes_one_response_at_a_time(
    emulator: Emulator, openai: AsyncOpenAI
) -> None:
    conversation = await openai.conversations.create()
    ask = openai.responses.create
    first = await ask(
        input="[slow 60]", background=True, conversation=conversation.id, extra_body=HELPER
    )
    with pytest.raises(APIStatusError, match="while an in-progress response exists"):
        await ask(input="Hi", conversation=conversation.id, extra_body=HELPER)
    await openai.responses.cancel(first.id)
    await ask(input="Hi", conversation=conversation.id, extra_body=HELPER)
    assert emulator.live == []


async def test_a_response_that_is_not_in_the_background_is_neither_cancelled_nor_replayed(
    openai: AsyncOpenAI,
) -> None:
    response = await openai.responses.create(input="Hi", extra_body=HELPER)
    with pytest.raises(APIStatusError, match="Cannot cancel a synchronous response"):
        await openai.responses.cancel(response.id)
    with pytest.raises(APIStatusError, match="background=true"):
        await openai.responses.retrieve(response.id, stream=True)


async def test_a_function_call_must_be_answered_before_anything_else(
    openai: AsyncOpenAI,
) -> None:
    first = await openai.responses.create(input="[call f]", extra_body=HELPER)
    with pytest.raises(APIStatusError, match="No tool output found for function call"):
        await openai.responses.create(input="Hi", previous_response_id=first.id, extra_body=HELPER)


async def test_an_approval_counts_once(openai: AsyncOpenAI) -> None:
    conversation = await openai.conversations.create()
    ask = openai.responses.create
    first = await ask(
        input="[approve a.b] [call f]", conversation=conversation.id, extra_body=HELPER
    )
    answer: Any = [
        {
            "type": "mcp_approval_response",
            "approval_request_id": first.output[0].id,
            "approve": True,
        },
        {
            "type": "function_call_output",
            "call_id": getattr(first.output[1], "call_id", ""),
            "output": [{"type": "input_text", "text": "parts"}],
        },
    ]
    await ask(input=answer, conversation=conversation.id, extra_body=HELPER)
    with pytest.raises(APIStatusError, match="No pending approval request"):
        await ask(input=answer[:1], conversation=conversation.id, extra_body=HELPER)


WRONG_DEFINITIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "name with a slash": ("a%2Fb", {"kind": "prompt", "model": "m"}),
    "name that ends in a hyphen": ("a-", {"kind": "prompt", "model": "m"}),
    "name too long": ("a" * 64, {"kind": "prompt", "model": "m"}),
    "no kind": ("fresh", {}),
    "no model": ("fresh", {"kind": "prompt"}),
    "undeclared": ("fresh", {"kind": "prompt", "model": "m", "instructions": "{{x}}"}),
}


@pytest.mark.parametrize("case", WRONG_DEFINITIONS)
async def test_a_wrong_version_is_refused(raw: aiohttp.ClientSession, case: str) -> None:
    name, definition = WRONG_DEFINITIONS[case]
    async with raw.post(f"agents/{name}/versions", json={"definition": definition}) as response:
        assert response.status == 400
        error = await error_of(response)
    assert (error["code"], error["message"]) == (
        "invalid_payload",
        "The supplied value is invalid.",
    )


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
    with pytest.raises(HttpResponseError, match="The supplied value is invalid"):
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


async def test_the_classic_plane_names_what_it_does_not_find(agents: AgentsClient) -> None:
    thread = await agents.threads.create()
    with pytest.raises(ResourceNotFoundError, match="No assistant found with id 'asst_no'"):
        await agents.runs.create(thread.id, agent_id="asst_no")
    with pytest.raises(ResourceNotFoundError, match="No run found with id 'run_no'"):
        await agents.runs.get(thread.id, "run_no")
    with pytest.raises(ResourceNotFoundError, match="No thread found with id 'thread_no'"):
        await agents.runs.create("thread_no", agent_id=CLASSIC_AGENT)


async def test_a_classic_agent_needs_a_model(raw: aiohttp.ClientSession) -> None:
    async with raw.post("assistants", json={}) as response:
        assert (await error_of(response))["param"] == "model"


async def test_a_classic_run_that_has_ended_takes_neither_cancelling_nor_outputs(
    emulator: Emulator, raw: aiohttp.ClientSession
) -> None:
    async with raw.post("threads/runs", json={"assistant_id": CLASSIC_AGENT}) as response:
        run = await response.json()
    await emulator.wait_for(lambda it: not it.live)
    path = f"threads/{run['thread_id']}/runs/{run['id']}"
    async with raw.post(f"{path}/cancel") as response:
        message = (await error_of(response))["message"]
        assert message == "Cannot cancel run with status 'completed'."
    async with raw.post(f"{path}/submit_tool_outputs", json={}) as response:
        message = (await error_of(response))["message"]
        assert message == 'Runs in status "completed" do not accept tool outputs.'
    async with raw.get(f"{path}/steps/step_no") as response:
        assert (await error_of(response))["message"] == "No run step found with id 'step_no'."


async def test_outputs_must_answer_all_calls(
    emulator: Emulator, raw: aiohttp.ClientSession
) -> None:
    emulator.script("[call f] [call g]")
    async with raw.post("threads/runs", json={"assistant_id": CLASSIC_AGENT}) as response:
        run = await response.json()
    path = f"threads/{run['thread_id']}/runs/{run['id']}"
    with anyio.fail_after(5):
        while (await (await raw.get(path)).json())["status"] != "requires_action":
            pass
    given = {"tool_outputs": [{"tool_call_id": "call_no", "output": ""}]}
    async with raw.post(f"{path}/submit_tool_outputs", json=given) as response:
        assert response.status == 400
        assert "Expected tool_outputs for call_ids" in (await error_of(response))["message"]
