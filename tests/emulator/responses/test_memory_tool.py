"""The memory of an agent, searched and written as it answers."""

from typing import Any

import pytest
from azure.ai.projects.aio import AIProjectClient
from azure.ai.projects.models import MemorySearchPreviewTool, PromptAgentDefinition
from openai import AsyncOpenAI

from mcp_foundry.emulator import DEFAULT_MEMORY_STORE, DEFAULT_MODEL, TOKEN, Emulator
from tests.rigs.foundry_tokens import token_of
from tests.rigs.issuer import ALICE, BOB, TENANT
from tests.rigs.sdk_clients import project_client

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


async def test_the_scope_of_each_user_is_whom_the_header_names_else_who_asks(
    emulator: Emulator, project: AIProjectClient
) -> None:
    store = emulator.store.memory_store(DEFAULT_MEMORY_STORE)
    tool = MemorySearchPreviewTool(
        memory_store_name=DEFAULT_MEMORY_STORE, scope="{{$userId}}", update_delay=0
    )
    definition = PromptAgentDefinition(model=DEFAULT_MODEL, tools=[tool])
    await project.agents.create_version("barista", definition=definition)
    asking: list[tuple[str, dict[str, str], str]] = [
        (token_of(ALICE), {}, f"{TENANT}_{ALICE}"),
        (token_of(BOB), {}, f"{TENANT}_{BOB}"),
        (token_of(BOB), {"x-memory-user-id": "ada"}, "ada"),
        (TOKEN, {"x-memory-user-id": "ada"}, "ada"),
        (TOKEN, {}, "operator"),
    ]
    for number, (token, headers, scope) in enumerate(asking):
        told = f"{scope} drinks kind {number} of tea"
        async with (
            project_client(emulator, token) as theirs,
            theirs.get_openai_client(agent_name="barista") as barista,
        ):
            await barista.responses.create(input=told, extra_headers=headers)
        await emulator.wait_for(
            lambda _, new=(scope, told): (
                new in {(each["scope"], each["content"]) for each in store.memories.values()}
            )
        )
    assert {each["scope"] for each in store.memories.values()} == {each[2] for each in asking}


async def test_memories_that_are_asked_for_directly_know_no_scope_of_each_user(
    emulator: Emulator,
) -> None:
    emulator.store.memory_store(DEFAULT_MEMORY_STORE).add(f"{TENANT}_{ALICE}", "Likes tea.")
    async with project_client(emulator, token_of(ALICE)) as project:
        search = project.beta.memory_stores.search_memories
        for scope, found in (("{{$userId}}", 0), (f"{TENANT}_{ALICE}", 1)):
            result = await search(DEFAULT_MEMORY_STORE, scope=scope)
            assert len(result.memories) == found
