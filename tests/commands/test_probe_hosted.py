"""What a probe finds of hosted agents, which answer at their own endpoint only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mcp_foundry.commands.arguments import UsageError
from mcp_foundry.commands.probe import Probe
from mcp_foundry.commands.probing.endpoints import compare_places
from mcp_foundry.project.session import open_session
from mcp_foundry.settings.values import Settings
from tests.rigs.command_line import run
from tests.rigs.hosted import HOSTED
from tests.rigs.probing import differing, findings, probed, way_to

if TYPE_CHECKING:
    from mcp_foundry.emulator import Emulator

pytestmark = pytest.mark.anyio

# The project lists no response of a hosted agent, so that none is found there.
UNLISTED = {8}
BY_PROJECT = "/openai/v1/responses"


@pytest.fixture(autouse=True)
def box(emulator: Emulator) -> None:
    emulator.store.add_agent("acme-box", definition=HOSTED)


async def test_a_hosted_agent_is_probed_at_its_own_endpoint(emulator: Emulator) -> None:
    done = await probed(emulator, "acme-box")
    found = findings(done)
    assert done.code == 0
    assert differing(done) == UNLISTED, done.stdout
    assert found[3]["came"].endswith("at the agent's own endpoint")
    assert "through the project: HTTP 400, bad_request" in found[11]["came"]
    assert "GET of its response there HTTP 404" in found[11]["came"]
    assert "by previous_response_id alone: the same session" in found[12]["came"]
    assert "a session for version 1: HTTP 201; GET of it HTTP 200 active" in found[12]["came"]
    assert "in it the served version answered" in found[12]["came"]
    assert "box" not in done.stdout


async def test_every_question_to_a_hosted_agent_goes_to_its_endpoint_and_names_no_agent(
    emulator: Emulator,
) -> None:
    await probed(emulator, "acme-box")
    asked = [each for each in emulator.received if each.path.endswith("/responses")]
    posted = [each for each in asked if each.method == "POST"]
    # The one that the project should refuse.
    assert sum(each.path == BY_PROJECT for each in posted) == 1
    there = [each for each in posted if each.path != BY_PROJECT]
    assert all("agent_reference" not in str(each.body) for each in there)
    further = [each.path for each in emulator.received if "/responses/" in each.path]
    elsewhere = [path for path in further if not path.startswith("/agents/acme-box/endpoint/")]
    assert len(elsewhere) == 1
    assert any(path.endswith("/cancel") for path in further)
    assert not any(each.path.startswith("/openai/v1/conv") for each in emulator.received)


async def test_the_questions_to_a_hosted_agent_are_those_that_were_told(
    emulator: Emulator,
) -> None:
    endpoint = {"FOUNDRY_PROJECT_ENDPOINT": emulator.endpoint}
    done = await run("probe", "acme-box", "--yes", "--json", **endpoint)
    assert "agent 'acme-box' 19 questions" in done.stderr
    assert "Each may start a container of the hosted agent." in done.stderr
    assert emulator.runs_taken == 19
    assert emulator.runs_created == 19 + 4


async def test_a_hosted_agent_that_the_project_takes_is_told_so(emulator: Emulator) -> None:
    emulator.behave(hosted_at_project=True)
    found = findings(await probed(emulator, "acme-box"))[11]
    assert found["verdict"] == "differs"
    assert "GET of its response there HTTP 200 completed" in found["came"]
    assert "until it has been listed, which works" in found["follows"]


@pytest.mark.parametrize(
    ("status", "came", "follows"),
    [
        (403, "through the project: HTTP 403", "with this role, set MCP_FOUNDRY_ROUTE=agent"),
        (500, "through the project: HTTP 500", "for service_unavailable: call list_agents"),
        (413, "through the project: HTTP 413", "for invalid_request: call list_agents"),
    ],
)
async def test_a_project_that_refuses_a_hosted_agent_otherwise_is_told_so(
    emulator: Emulator, status: int, came: str, follows: str
) -> None:
    emulator.fail_next(status, on=f"POST {BY_PROJECT}")
    done = await probed(emulator, "acme-box")
    found = findings(done)[11]
    assert came in found["came"]
    assert follows in found["follows"]
    # A role that is lacking there is no role that the other points lack.
    assert differing(done) == UNLISTED | {11}


async def test_a_project_whose_refusal_is_taken_for_another_thing_is_told_so(
    emulator: Emulator,
) -> None:
    emulator.fail_next(404, message="Conversation not found.", on=f"POST {BY_PROJECT}")
    found = findings(await probed(emulator, "acme-box"))[11]
    assert found["verdict"] == "differs"
    assert "takes that for conversation_not_found: call list_agents" in found["follows"]


async def test_a_project_that_limits_the_rate_refuses_no_hosted_agent_by_that(
    emulator: Emulator,
) -> None:
    emulator.fail_next(429, on=f"POST {BY_PROJECT}")
    found = findings(await probed(emulator, "acme-box"))[11]
    assert (found["verdict"], found["follows"]) == ("not tried", "probe again later")


async def test_a_project_that_fails_at_a_hosted_agent_s_id_is_told_so(emulator: Emulator) -> None:
    emulator.fail_next(500, on=f"GET {BY_PROJECT}/caresp")
    found = findings(await probed(emulator, "acme-box"))[11]
    assert found["verdict"] == "differs"
    assert "GET of its response there HTTP 500" in found["came"]
    assert "whose id names no agent is not looked for at its endpoint" in found["follows"]


async def test_without_a_background_answer_its_id_is_not_tried_at_the_project(
    emulator: Emulator,
) -> None:
    async with way_to(emulator, "acme-box") as (route, subject):
        found = await compare_places(route, subject)
    assert found.verdict == "holds"
    assert found.came.endswith("not tried, for none completed in the background")


async def test_a_container_that_does_not_start_is_no_finding(emulator: Emulator) -> None:
    emulator.behave(cold="refuses", cold_start=1000)
    done = await probed(emulator, "acme-box")
    found = findings(done)
    for number in (1, 3, 5, 6, 9, 12):
        told: dict[str, Any] = found[number]
        assert (told["verdict"], told["follows"]) == ("not tried", "probe again later"), told
        assert "HTTP 424" in told["came"]


async def test_an_agent_on_this_machine_is_not_probed(emulator: Emulator) -> None:
    settings = Settings(endpoint=emulator.endpoint, local={"dev": "http://127.0.0.1:1"})
    async with open_session(settings) as foundry:
        with pytest.raises(UsageError, match="'dev' runs on this machine"):
            await Probe("dev", agreed=True).report(foundry)
