"""The tools that a classic agent declares, used by the scripted model."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from azure.ai.agents.aio import AgentsClient
from azure.ai.agents.models import FilePurpose, ThreadMessage, ThreadRun

from mcp_foundry.emulator import DEFAULT_MODEL

pytestmark = pytest.mark.anyio

CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER: dict[str, Any] = {
    "type": "function",
    "function": {"name": "get_weather", "description": "The weather.", "parameters": CITY},
}
DOCS: dict[str, Any] = {
    "type": "mcp",
    "server_label": "docs",
    "server_url": "https://docs.example.com/mcp",
}


async def ask(
    agents: AgentsClient,
    message: str,
    *tools: dict[str, Any],
    thread: dict[str, Any] | None = None,
    **further: Any,  # noqa: ANN401 - what the SDK takes, which checks it
) -> ThreadRun:
    """Ask a new agent with these tools on a new thread, and wait until it can do no more."""
    create: Any = agents.create_agent
    agent = await create(model=DEFAULT_MODEL, name="a", tools=list(tools), **further)
    opened: Any = {"messages": [{"role": "user", "content": message}], **(thread or {})}
    run = await agents.create_thread_and_run(agent_id=agent.id, thread=opened)
    async for status in _statuses(agents, run):
        if status.status not in {"queued", "in_progress"}:
            return status
    raise AssertionError


async def _statuses(agents: AgentsClient, run: ThreadRun) -> AsyncIterator[ThreadRun]:
    for _ in range(200):
        yield await agents.runs.get(run.thread_id, run.id)


async def said(agents: AgentsClient, run: ThreadRun) -> ThreadMessage:
    """The newest message."""
    async for message in agents.messages.list(run.thread_id):
        return message
    raise AssertionError


async def calls(agents: AgentsClient, run: ThreadRun) -> list[dict[str, Any]]:
    """What the steps of a run have called, oldest first."""
    steps = [each async for each in agents.run_steps.list(run.thread_id, run.id)]
    details: list[Any] = [each.step_details for each in reversed(steps)]
    return [call.as_dict() for each in details for call in each.get("tool_calls", [])]


async def test_a_function_is_called_with_arguments_and_its_output_used(
    agents: AgentsClient,
) -> None:
    run = await ask(agents, "How is it in Oslo?", WEATHER)
    action: Any = run.required_action
    (call,) = action.submit_tool_outputs.tool_calls
    assert (call.function.name, json.loads(call.function.arguments)) == (
        "get_weather",
        {"city": "Oslo"},
    )
    outputs: Any = [{"tool_call_id": call.id, "output": "Rain"}]
    await agents.runs.submit_tool_outputs(run.thread_id, run.id, tool_outputs=outputs)
    async for status in _statuses(agents, run):
        if status.status == "completed":
            break
    message = await said(agents, run)
    assert "get_weather answered “Rain”." in message.text_messages[0].text.value


async def test_code_is_run_and_writes_the_picture_that_is_asked_for(agents: AgentsClient) -> None:
    run = await ask(agents, "Draw a bar chart", {"type": "code_interpreter"})
    assert [each["type"] for each in await calls(agents, run)] == ["code_interpreter"] * 2
    message = await said(agents, run)
    (image,) = message.image_contents
    content = await agents.files.get_content(image.image_file.file_id)
    assert b"".join([chunk async for chunk in content]).startswith(b"\x89PNG")


async def test_files_of_the_agent_and_of_the_thread_are_searched_and_cited(
    agents: AgentsClient,
) -> None:
    upload = await agents.files.upload(
        file=("contoso.md", b"The warranty lasts 24 months."),  # pyright: ignore[reportArgumentType] - the SDK takes a name with the bytes, as its own tests do
        purpose=FilePurpose.AGENTS,
    )
    store = await agents.vector_stores.create_and_poll(file_ids=[upload.id], polling_interval=0)
    held = {"file_search": {"vector_store_ids": [store.id]}}
    for where in ({"tool_resources": held}, {"thread": {"tool_resources": held}}):
        given: Any = where
        run = await ask(agents, "How long is the warranty?", {"type": "file_search"}, **given)
        (call,) = await calls(agents, run)
        assert [each["file_id"] for each in call["file_search"]["results"]] == [upload.id]
        message = await said(agents, run)
        (note,) = message.file_citation_annotations
        assert note.file_citation.file_id == upload.id
        assert "24 months" in message.text_messages[0].text.value


SERVED: dict[str, tuple[dict[str, Any], str, str]] = {
    "a connected agent": (
        {
            "type": "connected_agent",
            "connected_agent": {"id": "asst_helper", "name": "stocks", "description": "Prices."},
        },
        "connected_agent",
        "I used stocks, as a script does",
    ),
    "openapi": (
        {
            "type": "openapi",
            "openapi": {
                "name": "weather",
                "auth": {"type": "anonymous"},
                "spec": {"paths": {"/": {"get": {"operationId": "GetForecast"}}}},
            },
        },
        "openapi",
        "I used GetForecast, as a script does",
    ),
    "bing": (
        {"type": "bing_grounding", "bing_grounding": {"search_configurations": []}},
        "bing_grounding",
        "I used bing_grounding",
    ),
}


@pytest.mark.parametrize("case", SERVED)
async def test_tools_of_the_service_are_used_in_steps_of_their_kind(
    agents: AgentsClient, case: str
) -> None:
    tool, kind, words = SERVED[case]
    run = await ask(agents, "Tell me", tool)
    assert [each["type"] for each in await calls(agents, run)] == [kind]
    assert words in (await said(agents, run)).text_messages[0].text.value


async def test_an_mcp_tool_is_called_as_its_resources_say(agents: AgentsClient) -> None:
    asked = await ask(agents, "Look it up", DOCS)
    assert asked.status == "requires_action"
    resources: Any = {"mcp": [{"server_label": "docs", "require_approval": "never"}]}
    run = await ask(agents, "Look it up", DOCS, tool_resources=resources)
    assert [each["name"] for each in await calls(agents, run)] == ["search"]


async def test_an_answer_keeps_the_format_and_the_limit_that_are_asked_for(
    agents: AgentsClient,
) -> None:
    schema = {"type": "object", "properties": {"planet": {"enum": ["Mars"]}}}
    wanted = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    run = await ask(agents, "Which?", response_format=wanted)
    message = await said(agents, run)
    assert json.loads(message.text_messages[0].text.value) == {"planet": "Mars"}
    cut = await agents.create_thread_and_process_run(
        agent_id="asst_helper", max_completion_tokens=16, polling_interval=0
    )
    assert cut.status == "incomplete"
