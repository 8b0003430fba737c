"""The memory of an agent, searched and written as it answers."""

from typing import Any

import pytest
from azure.ai.projects.aio import AIProjectClient
from azure.ai.projects.models import MemorySearchPreviewTool, PromptAgentDefinition
from openai import AsyncOpenAI

from mcp_foundry.emulator import DEFAULT_MEMORY_STORE, DEFAULT_MODEL, Emulator

pytestmark = pytest.mark.anyio


async def test_the_tool_of_the_sdk_searches_and_remembers(
    emulator: Emulator, project: AIProjectClient, openai: AsyncOpenAI
) -> None:
    store = emulator.store.memory_store(DEFAULT_MEMORY_STORE)
    store.add("anna", "Anna likes green tea.")
    tool = MemorySearchPreviewTool(
        memory_store_name=DEFAULT_MEMORY_STORE, scope="anna", update_delay=0
    )
    definition = PromptAgentDefinition(model=DEFAULT_MODEL, tools=[tool])
    await project.agents.create_version("barista", definition=definition)
    reference = {"type": "agent_reference", "name": "barista"}
    response = await openai.responses.create(
        input="My dog drinks tea.", extra_body={"agent_reference": reference}
    )
    output: list[Any] = [*response.output]  # the OpenAI client does not know such an item
    (found,) = [each.memories for each in output if each.type == "memory_search_call"]
    assert [each["memory_item"]["content"] for each in found] == ["Anna likes green tea."]
    await emulator.wait_for(lambda _: len(store.memories) == 2)
    assert {each["content"] for each in store.memories.values()} == {
        "Anna likes green tea.",
        "My dog drinks tea.",
    }
