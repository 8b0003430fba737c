"""The official clients, pointed at the emulator of the test."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from azure.ai.agents.aio import AgentsClient
from azure.ai.projects.aio import AIProjectClient
from openai import AsyncOpenAI

from mcp_foundry.emulator import TOKEN, Emulator
from tests.rigs.hosted import HOSTED
from tests.rigs.sdk_clients import agents_client, openai_client, project_client


@pytest.fixture
async def openai(emulator: Emulator) -> AsyncIterator[AsyncOpenAI]:
    async with openai_client(emulator) as client:
        yield client


@pytest.fixture
async def agents(emulator: Emulator) -> AsyncIterator[AgentsClient]:
    async with agents_client(emulator) as client:
        yield client


@pytest.fixture
async def project(emulator: Emulator) -> AsyncIterator[AIProjectClient]:
    async with project_client(emulator) as client:
        yield client


@pytest.fixture
def hosted(emulator: Emulator) -> None:
    """Let there be a hosted agent."""
    emulator.store.add_agent("box", definition=HOSTED)


@pytest.fixture
async def box(hosted: None, project: AIProjectClient) -> AsyncIterator[AsyncOpenAI]:
    """The hosted agent, at its own endpoint."""
    del hosted
    async with project.get_openai_client(agent_name="box") as client:
        yield client


@pytest.fixture
async def raw(emulator: Emulator) -> AsyncIterator[aiohttp.ClientSession]:
    """Plain HTTP, for what no SDK would do; paths are below the project, and name no version."""
    emulator.behave(unversioned=True)
    async with aiohttp.ClientSession(
        f"{emulator.endpoint}/", headers={"Authorization": f"Bearer {TOKEN}"}
    ) as session:
        yield session
