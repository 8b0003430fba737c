"""What is known of an agent: its kind, its state, and the version that answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.rigs.calling import answered, ask, failed
from tests.rigs.hosted import HOSTED, pin

if TYPE_CHECKING:
    from mcp.client import Client

    from mcp_foundry.emulator import Emulator

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def box(emulator: Emulator) -> None:
    emulator.store.add_agent("box", definition=HOSTED)


async def test_the_served_version_is_listed_and_answers(emulator: Emulator, client: Client) -> None:
    for agent, definition in (("helper", None), ("box", HOSTED)):
        emulator.store.add_agent(agent, instructions="Newer.", definition=definition)
        pin(emulator, agent, "1")
    listed = await answered(client, "list_agents")
    versions = {agent["name"]: agent.get("version") for agent in listed["agents"]}
    assert (versions["helper"], versions["box"]) == ("1", "1")
    for agent in ("helper", "box"):
        answer = await ask(client, "[say Hello]", agent)
        assert answer["agent"] == f"{agent}:1"
        again = await ask(client, "Who?", agent, conversation_id=answer["conversation_id"])
        assert again["agent"] == f"{agent}:1"
    newest = await ask(client, "[say Hello]", "helper:2")
    assert newest["agent"] == "helper:2"


async def test_a_pin_to_a_version_that_is_gone_is_told(emulator: Emulator, client: Client) -> None:
    pin(emulator, "box", "9")
    listed = await answered(client, "list_agents")
    (agent,) = [each for each in listed["agents"] if each["name"] == "box"]
    assert agent["version"] == "9"
    assert "its operator chose version 9, which is not there" in agent["description"]
    error = await failed(client, "ask_agent", message="Hi", agent="box")
    assert error["code"] == "agent_not_found"
    assert "box:9" in error["message"]


async def test_what_is_known_of_an_agent_is_listed(emulator: Emulator, client: Client) -> None:
    emulator.store.agents["box"].enabled = False
    skill = {"id": "pack", "name": "Packing", "description": "Packs boxes."}
    card = {"version": "1", "description": "A box.", "skills": [skill]}
    emulator.store.agents["box"].extra["agent_card"] = card
    emulator.store.add_agent("caller", definition={"kind": "voice"})
    listed = await answered(client, "list_agents")
    agents = {agent["name"]: agent for agent in listed["agents"]}
    assert agents["box"]["state"] == "disabled"
    assert agents["box"]["kind"] == "hosted"
    assert agents["box"]["description"] == "A box."
    assert agents["box"]["skills"] == [{"name": "Packing", "description": "Packs boxes."}]
    assert agents["helper"]["state"] == "enabled"
    assert "cannot be asked" in agents["caller"]["description"]


async def test_drafts_are_told_as_drafts(emulator: Emulator, client: Client) -> None:
    emulator.store.add_agent("helper", instructions="A try.", draft=True)
    (agent,) = (await answered(client, "list_agents", agent="helper"))["agents"]
    assert (agent["version"], "draft" in agent) == ("1", False)
    assert [(v["version"], v.get("draft")) for v in agent["versions"]] == [("2", True), ("1", None)]
    (draft,) = (await answered(client, "list_agents", agent="helper:2"))["agents"]
    assert draft["draft"] is True
    assert (await ask(client, "[say Hello]", "helper:2"))["agent"] == "helper:2"
    assert (await ask(client, "[say Hello]", "helper"))["agent"] == "helper:1"


@pytest.mark.parametrize("agent", ["helper", "box"])
async def test_an_agent_that_is_disabled_between_two_turns_says_so(
    emulator: Emulator, client: Client, agent: str
) -> None:
    first = await ask(client, "[say Hello]", agent)
    emulator.store.agents[agent].enabled = False
    error = await failed(
        client, "ask_agent", message="Hi", conversation_id=first["conversation_id"]
    )
    assert error["code"] == "forbidden"
    assert f"agent '{agent}' is disabled. Its operator has to enable it" in error["message"]


async def test_variables_of_a_hosted_agent_are_not_shown(
    emulator: Emulator, client: Client
) -> None:
    emulator.store.add_agent(
        "box", definition={**HOSTED, "environment_variables": {"DB": "postgres://ada:pw@db"}}
    )
    (agent,) = (await answered(client, "list_agents", agent="box"))["agents"]
    assert agent["definition"]["environment_variables"] == {"DB": "***"}
