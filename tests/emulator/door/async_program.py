"""A program as a user has it: it knows Azure, and nothing of an emulator."""

import asyncio
import os

import aiohttp
from azure.ai.agents.aio import AgentsClient
from azure.ai.projects.aio import AIProjectClient
from azure.identity.aio import DefaultAzureCredential


async def main() -> None:
    async with (
        DefaultAzureCredential() as credential,
        AIProjectClient(os.environ["FOUNDRY_PROJECT_ENDPOINT"], credential) as project,
        AgentsClient(os.environ["PROJECT_ENDPOINT"], credential) as agents,
        project.get_openai_client() as openai,
    ):
        names = {agent.name async for agent in project.agents.list()}
        assert os.environ["FOUNDRY_AGENT_NAME"] in names
        assert "asst_helper" in {agent.id async for agent in agents.list_agents()}
        model = os.environ["FOUNDRY_MODEL_NAME"]
        answer = await openai.responses.create(model=model, input="[say Hello]")
        assert answer.output_text == "Hello"
        async with await openai.responses.create(
            model=model, input="[say Good day]", stream=True
        ) as stream:
            texts = [each.text async for each in stream if each.type == "response.output_text.done"]
        assert texts == ["Good day"]
    host = os.environ["FOUNDRY_PROJECT_ENDPOINT"].split("/api/")[0]
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{host}/_emulator/state") as state,
    ):
        assert state.status == 200


asyncio.run(main())
