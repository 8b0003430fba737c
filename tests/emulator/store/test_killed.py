"""A project in a data file: what is found again after its process was killed."""

from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any

import anyio
import pytest
from azure.ai.agents.models import (
    AgentThreadCreationOptions,
    FunctionToolDefinition,
    ThreadMessageOptions,
    ToolOutput,
)
from azure.ai.agents.models import FunctionDefinition as Function
from azure.core.exceptions import ResourceNotFoundError
from openai import NotFoundError

from mcp_foundry.emulator import CLASSIC_AGENT, DEFAULT_MEMORY_STORE
from tests.emulator.files.reading import cited
from tests.rigs.kept_project import KeptProject, kept_project
from tests.rigs.sdk_clients import agents_client, openai_client, project_client

pytestmark = pytest.mark.anyio

CALL = '[call get_weather {"city": "Oslo"}]'


def words_of(item: Any) -> str:  # noqa: ANN401 - any kind of item
    return str(item.content[0].text)


def asked(name: str) -> dict[str, Any]:
    return {"agent_reference": {"type": "agent_reference", "name": name}}


@pytest.fixture
async def kept(tmp_path: Path) -> AsyncIterator[KeptProject]:
    async with kept_project(tmp_path / "foundry.db") as project:
        yield project


async def test_a_conversation_goes_on(kept: KeptProject) -> None:
    async with openai_client(kept) as client:
        conversation = (await client.conversations.create(metadata={"for": "ada"})).id
        first = await client.responses.create(
            input="[say One]", conversation=conversation, extra_body=asked("helper")
        )
    await kept.restart()
    async with openai_client(kept) as client:
        assert (await client.conversations.retrieve(conversation)).metadata == {"for": "ada"}
        assert (await client.responses.retrieve(first.id)).output_text == "One"
        await client.responses.create(
            input="[say Two]", conversation=conversation, extra_body=asked("helper")
        )
        items = await client.conversations.items.list(conversation, order="asc")
    said = [words_of(item) for item in items.data]
    assert said == ["[say One]", "One", "[say Two]", "Two"]


async def test_a_function_call_is_answered(kept: KeptProject) -> None:
    async with openai_client(kept) as client:
        first = await client.responses.create(input="[say Hi]", extra_body=asked("weather"))
        second = await client.responses.create(
            input=CALL, previous_response_id=first.id, extra_body=asked("weather")
        )
    await kept.restart()
    (call,) = [item for item in second.output if item.type == "function_call"]
    output: Any = {"type": "function_call_output", "call_id": call.call_id, "output": "Rain"}
    async with openai_client(kept) as client:
        third = await client.responses.create(
            input=[output], previous_response_id=second.id, extra_body=asked("weather")
        )
        given = await client.responses.input_items.list(first.id)
    assert third.status == "completed"
    assert "Rain" in third.output_text
    assert len(given.data) == 1


async def test_a_classic_run_that_waits_is_answered(kept: KeptProject) -> None:
    tool = FunctionToolDefinition(
        function=Function(name="get_weather", description="", parameters={})
    )
    async with agents_client(kept) as client:
        agent = await client.create_agent(model="scripted-model", name="weather", tools=[tool])
        thread = (await client.threads.create()).id
        await client.messages.create(thread, role="user", content=CALL)
        run = await client.runs.create(thread, agent_id=agent.id)
        run = await _until(client, thread, run.id, "requires_action")
    await kept.restart()
    async with agents_client(kept) as client:
        (call,) = run.required_action.submit_tool_outputs.tool_calls
        assert (await client.runs.get(thread, run.id)).status == "requires_action"
        output = ToolOutput(tool_call_id=call.id, output="Rain")
        await client.runs.submit_tool_outputs(thread, run.id, tool_outputs=[output])
        await _until(client, thread, run.id, "completed")
        messages = [each async for each in client.messages.list(thread)]
        steps = [each async for each in client.run_steps.list(thread, run.id)]
    assert messages[0].text_messages[0].text.value.count("Rain") == 1
    assert {each.status for each in steps} == {"completed"}


async def _until(client: Any, thread: str, run: str, status: str) -> Any:  # noqa: ANN401 - the classic SDK's own
    with anyio.fail_after(20):
        while (found := await client.runs.get(thread, run)).status != status:
            await anyio.lowlevel.checkpoint()
    return found


async def test_what_was_in_progress_has_failed(kept: KeptProject) -> None:
    async with openai_client(kept) as client, agents_client(kept) as classic:
        conversation = (await client.conversations.create()).id
        response = await client.responses.create(
            input="[slow 60]",
            conversation=conversation,
            background=True,
            extra_body=asked("helper"),
        )
        run = await classic.create_thread_and_run(
            agent_id=CLASSIC_AGENT,
            thread=AgentThreadCreationOptions(
                messages=[ThreadMessageOptions(role="user", content="[slow 60]")]
            ),
        )
    await kept.restart()
    async with openai_client(kept) as client, agents_client(kept) as classic:
        found = await client.responses.retrieve(response.id)
        assert (found.status, found.error and found.error.code) == ("failed", "server_error")
        assert found.error
        assert "emulator ended" in found.error.message
        again = await client.responses.create(
            input="Hi", conversation=conversation, extra_body=asked("helper")
        )
        assert again.status == "completed"
        failed = await classic.runs.get(run.thread_id, run.id)
        assert failed.status == "failed"
        assert "emulator ended" in failed.last_error["message"]
        await classic.messages.create(run.thread_id, role="user", content="And now?")


async def test_files_are_there_with_their_bytes(kept: KeptProject) -> None:
    data = bytes(range(256)) * 4096
    async with openai_client(kept) as client:
        upload = await client.files.create(file=("all.txt", BytesIO(data)), purpose="assistants")
        gone = await client.files.create(file=("gone.txt", BytesIO(b"x")), purpose="assistants")
        await client.files.delete(gone.id)
        answer = await client.responses.create(input="[file table.csv]", extra_body=asked("helper"))
        (note,) = cited(answer)
        place = note.container_id
        written = await client.containers.files.content.retrieve(note.file_id, container_id=place)
    await kept.restart()
    async with openai_client(kept) as client:
        assert (await client.files.content(upload.id)).content == data
        assert (await client.files.retrieve(upload.id)).bytes == len(data)
        again = await client.containers.files.content.retrieve(note.file_id, container_id=place)
        assert again.content == written.content
        with pytest.raises(NotFoundError):
            await client.files.retrieve(gone.id)
        await client.containers.files.delete(note.file_id, container_id=place)
    await kept.restart()
    async with openai_client(kept) as client:
        with pytest.raises(NotFoundError):
            await client.containers.files.content.retrieve(note.file_id, container_id=place)


async def test_memories_are_found(kept: KeptProject) -> None:
    message: Any = {"type": "message", "role": "user", "content": "I like green tea"}
    later: Any = {"type": "message", "role": "user", "content": "My cat is called Ada"}
    async with project_client(kept) as client:
        stores = client.beta.memory_stores
        begin = stores.begin_update_memories
        poller = await begin(DEFAULT_MEMORY_STORE, scope="a", items=[message], update_delay=0)
        await poller.result()
        waiting = await begin(DEFAULT_MEMORY_STORE, scope="b", items=[later], update_delay=3600)
    await kept.restart()
    async with project_client(kept) as client:
        stores = client.beta.memory_stores
        found = await stores.search_memories(DEFAULT_MEMORY_STORE, scope="a")
        assert [each.memory_item.content for each in found.memories] == ["I like green tea"]
        # What had not taken effect yet still waits, and what comes after it takes it over.
        poller = await stores.begin_update_memories(
            DEFAULT_MEMORY_STORE, scope="b", items=[message], update_delay=0
        )
        await poller.result()
        found = await stores.search_memories(DEFAULT_MEMORY_STORE, scope="b")
    assert waiting.update_id != poller.update_id
    contents = {each.memory_item.content for each in found.memories}
    assert contents == {"My cat is called Ada", "I like green tea"}


async def test_agents_stay_as_they_were_left(kept: KeptProject) -> None:
    definition: Any = {"kind": "prompt", "model": "scripted-model", "instructions": "Be short."}
    async with project_client(kept) as client, agents_client(kept) as classic:
        await client.agents.create_version("helper", definition=definition)
        await client.agents.delete("weather")
        await client.agents.delete_version("researcher", "1")
        await classic.delete_agent("asst_researcher")
    await kept.restart()
    async with project_client(kept) as client, agents_client(kept) as classic:
        versions = [each.version async for each in client.agents.list_versions("helper")]
        assert sorted(versions) == ["1", "2"]
        # What is new comes with its first contents once, and not again.
        assert [each.name async for each in client.agents.list()] == ["researcher", "helper"]
        with pytest.raises(ResourceNotFoundError):
            await client.agents.get_version("researcher", "1")
        assert [each.id async for each in classic.list_agents()] == [CLASSIC_AGENT]
        made = await client.agents.create_version("helper", definition=definition)
    assert made.version == "3"
