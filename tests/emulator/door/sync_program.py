"""A program as a user has it: it knows Azure, and nothing of an emulator."""

import os
from urllib.request import urlopen

import requests
from azure.ai.agents import AgentsClient
from azure.ai.projects import AIProjectClient
from azure.identity import DefaultAzureCredential

with (
    DefaultAzureCredential() as credential,
    AIProjectClient(os.environ["FOUNDRY_PROJECT_ENDPOINT"], credential) as project,
    AgentsClient(os.environ["PROJECT_ENDPOINT"], credential) as agents,
    project.get_openai_client() as openai,
):
    assert os.environ["FOUNDRY_AGENT_NAME"] in {agent.name for agent in project.agents.list()}
    assert "asst_helper" in {agent.id for agent in agents.list_agents()}
    model = os.environ["FOUNDRY_MODEL_NAME"]
    assert openai.responses.create(model=model, input="[say Hello]").output_text == "Hello"
    with openai.responses.create(model=model, input="[say Good day]", stream=True) as stream:
        texts = [each.text for each in stream if each.type == "response.output_text.done"]
    assert texts == ["Good day"]

host = os.environ["FOUNDRY_PROJECT_ENDPOINT"].split("/api/")[0]
with urlopen(f"{host}/_emulator/state") as state:  # noqa: S310 - of the emulator
    assert state.status == 200
# The name is in the certificate, too.
named = host.replace("127.0.0.1", "localhost")
assert requests.get(f"{named}/_emulator/state", timeout=30).status_code == 200
