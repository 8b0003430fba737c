"""Values that the classic plane turns down, and models that it cannot resolve."""

from typing import Any

import aiohttp
import pytest
from azure.ai.agents.aio import AgentsClient

from mcp_foundry.emulator import CLASSIC_AGENT, DEFAULT_MODEL
from tests.rigs.asking_raw import error_of

pytestmark = pytest.mark.anyio

AGENT: dict[str, Any] = {"model": DEFAULT_MODEL}
RUN: dict[str, Any] = {"assistant_id": CLASSIC_AGENT}
MESSAGE: dict[str, Any] = {"role": "user", "content": "Hi"}
WRONG: dict[str, tuple[str, dict[str, Any], str]] = {
    "a long name": ("assistants", {**AGENT, "name": "n" * 257}, "'name': string too long"),
    "a long description": (
        "assistants",
        {**AGENT, "description": "d" * 513},
        "Expected a string with maximum length 512, but got a string with length 513 instead.",
    ),
    "long instructions": (
        "assistants",
        {**AGENT, "instructions": "i" * 256_001},
        "Expected a string with maximum length 256000",
    ),
    "too hot": ("assistants", {**AGENT, "temperature": 2.1}, "Expected a value <= 2"),
    "a function without a name": (
        "assistants",
        {**AGENT, "tools": [{"type": "function", "function": {}}]},
        "Missing required parameter: 'tools[0].function.name'.",
    ),
    "a role": (
        "threads",
        {"messages": [MESSAGE, {**MESSAGE, "role": "system"}]},
        "Invalid value: 'system'. Supported values are: 'user' and 'assistant'.",
    ),
    "no content": (
        "threads",
        {"messages": [{"role": "user"}]},
        "Missing required parameter: 'messages[0].content'.",
    ),
    "content of nothing": ("threads", {"messages": [{**MESSAGE, "content": 5}]}, "an integer"),
    "a block of another API": (
        "threads",
        {"messages": [{**MESSAGE, "content": [{"type": "input_text", "text": "Hi"}]}]},
        "Invalid value: 'input_text'. Supported values are: 'text', 'image_file', and 'image_url'.",
    ),
    "an attachment for an odd tool": (
        "threads",
        {"messages": [{**MESSAGE, "attachments": [{"tools": [{"type": ["x"]}]}]}]},
        "'messages[0].attachments[0].tools[0].type': expected a string",
    ),
    "no agent": ("threads/runs", {}, "Missing required parameter: 'assistant_id'."),
    "a thread in words": ("threads/runs", {**RUN, "thread": "x"}, "expected an object"),
    "no tokens": ("threads/runs", {**RUN, "max_prompt_tokens": 0}, "Expected a value >= 1"),
}


@pytest.mark.parametrize("case", WRONG)
async def test_what_no_classic_thing_can_be_is_refused(
    raw: aiohttp.ClientSession, case: str
) -> None:
    path, body, words = WRONG[case]
    async with raw.post(path, json=body) as response:
        assert response.status == 400
        assert words in (await error_of(response))["message"]


async def test_a_message_is_checked_wherever_it_comes(
    agents: AgentsClient, raw: aiohttp.ClientSession
) -> None:
    thread = await agents.threads.create()
    wrong = {**MESSAGE, "role": "tool"}
    for path, body in (
        ("messages", wrong),
        ("runs", {**RUN, "additional_messages": [wrong]}),
    ):
        async with raw.post(f"threads/{thread.id}/{path}", json=body) as response:
            assert response.status == 400
            assert "Invalid value: 'tool'" in (await error_of(response))["message"]


async def test_the_runs_of_an_agent_fail_whose_model_is_not_deployed(
    agents: AgentsClient,
) -> None:
    agent = await agents.create_agent(model="gpt-none")
    thread = await agents.threads.create()
    await agents.messages.create(thread.id, role="user", content="Hi")
    run = await agents.runs.create_and_process(thread.id, agent_id=agent.id, polling_interval=0)
    assert (run.status, run.last_error) == (
        "failed",
        {
            "code": "invalid_engine_error",
            "message": "Failed to resolve model info for: gpt-none",
        },
    )
    assert [each.role async for each in agents.messages.list(thread.id)] == ["user"]


async def test_what_a_caller_may_not_set_is_let_go(raw: aiohttp.ClientSession) -> None:
    body = {**AGENT, "id": "asst_mine", "agent_id": "asst_mine", "self": 1, "created_at": 5}
    async with raw.post("assistants", json=body) as response:
        assert response.status == 200
        made = await response.json()
    assert made["id"] != "asst_mine"
    assert made["created_at"] > 5
