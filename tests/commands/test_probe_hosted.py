"""What a probe finds of hosted agents, and of agents at their own endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mcp_foundry.commands.arguments import UsageError
from mcp_foundry.commands.probe import Probe
from mcp_foundry.project.session import open_session
from mcp_foundry.settings.values import Settings
from tests.rigs.probing import differing, findings, probed

if TYPE_CHECKING:
    from mcp_foundry.emulator import Emulator

pytestmark = pytest.mark.anyio

HOSTED: dict[str, Any] = {"kind": "hosted", "cpu": "1", "memory": "2Gi", "image": "a"}
# The project lists no response of a hosted agent, so that none is found there.
UNLISTED = {8}


@pytest.fixture(autouse=True)
def box(emulator: Emulator) -> None:
    emulator.store.add_agent("acme-box", definition=HOSTED)


def pin(emulator: Emulator, agent: str, version: str) -> None:
    rules = [{"type": "FixedRatio", "agent_version": version, "traffic_percentage": 100}]
    selector = {"version_selector": {"version_selection_rules": rules}}
    emulator.store.agents[agent].extra["agent_endpoint"] = selector


async def test_a_hosted_agent_is_probed_at_its_own_endpoint(emulator: Emulator) -> None:
    done = await probed(emulator, "acme-box")
    found = findings(done)
    assert done.code == 0
    assert differing(done) == UNLISTED, done.stdout
    assert found[3]["came"].endswith("at the agent's own endpoint")
    assert "through the project: HTTP 400, bad_request" in found[11]["came"]
    assert "GET of its response there HTTP 404" in found[11]["came"]
    assert "by previous_response_id alone: the same session" in found[12]["came"]
    assert "a session for version 1: HTTP 201, the served version answered" in found[12]["came"]
    assert "box" not in done.stdout
    asked = [each for each in emulator.received if each.path.endswith("/openai/responses")]
    assert all("agent_reference" not in str(each.body) for each in asked)


async def test_what_a_probe_makes_is_deleted(emulator: Emulator) -> None:
    await probed(emulator, "acme-box")
    assert len(emulator.store.conversations) == 0
    made = {each.path for each in emulator.received if each.path.endswith("/endpoint/sessions")}
    deleted = [each for each in emulator.received if each.method == "DELETE"]
    assert len(made) == 1
    assert sum("/endpoint/sessions/" in each.path for each in deleted) == 1


async def test_a_hosted_agent_that_the_project_takes_is_told_so(emulator: Emulator) -> None:
    emulator.behave(hosted_at_project=True)
    found = findings(await probed(emulator, "acme-box"))[11]
    assert found["verdict"] == "differs"
    assert "until it has been listed, which works" in found["follows"]


async def test_a_hosted_agent_without_sessions_for_a_version_is_told_so(
    emulator: Emulator,
) -> None:
    emulator.fail_next(404, on="POST /agents/acme-box/endpoint/sessions")
    found = findings(await probed(emulator, "acme-box"))[12]
    assert found["verdict"] == "differs"
    assert "cannot be asked (NAME:VERSION)" in found["follows"]


@pytest.mark.parametrize(
    ("fault", "came", "follows"),
    [
        ({"status": 404}, "refused: HTTP 404", "MCP_FOUNDRY_ROUTE=agent cannot be used"),
        ({"end": "failed"}, "taken, failed", "MCP_FOUNDRY_ROUTE=agent cannot be used"),
    ],
)
async def test_a_prompt_agent_s_endpoint_that_does_not_answer_is_told(
    emulator: Emulator, fault: dict[str, Any], came: str, follows: str
) -> None:
    emulator.fault(on="POST /agents/helper/endpoint/protocols/openai/responses", **fault)
    found = findings(await probed(emulator))[11]
    assert found["verdict"] == "differs"
    assert came in found["came"]
    assert follows in found["follows"]


async def test_the_version_that_answers_at_the_endpoint_is_compared_with_the_served_one(
    emulator: Emulator,
) -> None:
    emulator.store.add_agent("helper", instructions="Newer.")
    pin(emulator, "helper", "1")
    found = findings(await probed(emulator))[11]
    assert (found["verdict"], "the served version answered" in found["came"]) == ("holds", True)


async def test_who_may_only_ask_agents_probes_at_their_endpoint(emulator: Emulator) -> None:
    emulator.behave(consumer_only=True)
    done = await probed(emulator, "helper", route="agent")
    found = findings(done)
    assert done.code == 0
    assert {found[n]["verdict"] for n in (1, 3, 4, 5, 6)} == {"holds"}
    assert "PermissionDenied" in found[10]["came"]


async def test_an_agent_on_this_machine_is_not_probed(emulator: Emulator) -> None:
    settings = Settings(endpoint=emulator.endpoint, local={"dev": "http://127.0.0.1:1"})
    async with open_session(settings) as foundry:
        with pytest.raises(UsageError, match="'dev' runs on this machine"):
            await Probe("dev", agreed=True).report(foundry)
