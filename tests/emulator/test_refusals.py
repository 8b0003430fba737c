"""What the service turns down, in its own words and envelopes: responses, and in general."""

from typing import Any

import aiohttp
import pytest
from azure.ai.projects.aio import AIProjectClient
from openai import APIStatusError, AsyncOpenAI

from mcp_foundry.emulator import TOKEN, Emulator
from tests.rigs.asking_raw import error_of

pytestmark = pytest.mark.anyio

APPROVAL = {"type": "mcp_approval_response", "approve": True}
HELPER: dict[str, Any] = {"agent_reference": {"type": "agent_reference", "name": "helper"}}


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
        {**HELPER, "input": [{"type": "function_call_output", "call_id": "call_no", "output": ""}]},
        400,
        "No tool call found for function call output with call_id call_no",
    ),
    "approval": (
        {**HELPER, "input": [{**APPROVAL, "approval_request_id": "no"}]},
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
