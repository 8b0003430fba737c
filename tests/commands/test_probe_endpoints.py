"""What a probe finds of the own endpoint of an agent that the project's route answers for, too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import pytest

from mcp_foundry.commands.probing.endpoints import compare_places
from tests.rigs.hosted import pin
from tests.rigs.probing import differing, findings, probed, way_to

if TYPE_CHECKING:
    from mcp_foundry.emulator import Emulator

pytestmark = pytest.mark.anyio

ENDPOINT = "/agents/helper/endpoint/protocols/openai/responses"
USABLE = "MCP_FOUNDRY_ROUTE=agent can be used with this agent"
UNUSABLE = "MCP_FOUNDRY_ROUTE=agent cannot be used with this agent"


@pytest.mark.parametrize("choice", ["auto", "agent"])
async def test_a_prompt_agent_s_endpoint_that_answers_as_the_project_does_can_be_used(
    emulator: Emulator, choice: Literal["auto", "agent"]
) -> None:
    done = await probed(emulator, "helper", route=choice)
    found = findings(done)[11]
    assert (found["verdict"], found["follows"]) == ("holds", USABLE)
    assert found["came"].split("; ") == [
        "taken, completed",
        "response.created, response.queued, response.in_progress",
        "background echoed true",
        "text streamed",
        "the served version answered",
        "GET there HTTP 200 completed, through the project HTTP 200 completed",
        "with stream=true all its events once more",
    ]
    assert differing(done) == set()


async def test_all_points_go_to_the_endpoint_where_the_settings_say_so(emulator: Emulator) -> None:
    await probed(emulator, "helper", route="agent")
    posted = [each for each in emulator.received if each.method == "POST"]
    # Files are the project's.
    elsewhere = [each.path for each in posted if not each.path.startswith("/agents/")]
    assert elsewhere == ["/openai/v1/files"]
    asked = [each for each in posted if each.path == ENDPOINT]
    assert all("agent_reference" not in str(each.body) for each in asked)
    assert emulator.runs_taken == 17


FAULTS: dict[str, tuple[dict[str, Any], str, str]] = {
    "nothing there": ({"on": f"POST {ENDPOINT}", "status": 404}, "refused: HTTP 404", UNUSABLE),
    "no role": ({"on": f"POST {ENDPOINT}", "status": 403}, "refused: HTTP 403", UNUSABLE),
    "failing": ({"on": f"POST {ENDPOINT}", "end": "failed"}, "taken, failed", UNUSABLE),
    "no GET": (
        {"on": f"GET {ENDPOINT}", "status": 404},
        "GET there HTTP 404",
        "what is answered there cannot be fetched there",
    ),
    "no resuming": (
        {"on": f"GET {ENDPOINT}", "status": 404, "times": 2},
        "through the project all of it",
        "a broken stream cannot be resumed there",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_what_a_prompt_agent_s_endpoint_lacks_is_told_and_nothing_else(
    emulator: Emulator, fault: str
) -> None:
    words, came, follows = FAULTS[fault]
    emulator.fault(**words)
    done = await probed(emulator)
    found = findings(done)[11]
    assert came in found["came"], found
    assert follows in found["follows"], found
    # Not even a role that is lacking there is lacked elsewhere.
    assert differing(done) == {11}


async def test_the_version_that_answers_at_the_endpoint_is_compared_with_the_served_one(
    emulator: Emulator,
) -> None:
    emulator.store.add_agent("helper", instructions="Newer.")
    pin(emulator, "helper", "1")
    found = findings(await probed(emulator))[11]
    assert found["verdict"] == "holds"
    assert "the served version answered, and not the latest" in found["came"]


@pytest.mark.parametrize(
    ("answers", "came"),
    [
        ("3", "the latest version answered, and not the served one"),
        ("2", "a version answered that is neither the served one nor the latest"),
    ],
)
async def test_an_endpoint_that_does_not_keep_to_its_pin_is_told_so(
    emulator: Emulator, answers: str, came: str
) -> None:
    emulator.store.add_agent("helper", instructions="Newer.")
    emulator.store.add_agent("helper", instructions="Newest.")
    pin(emulator, "helper", "1")
    async with way_to(emulator, "helper") as (route, subject):
        pin(emulator, "helper", answers)
        found = await compare_places(route, subject)
    assert found.verdict == "differs"
    assert came in found.came
    assert "not surely the one that is served" in found.follows


async def test_an_endpoint_that_ignores_background_is_told_so(emulator: Emulator) -> None:
    emulator.behave(ignores_background=True)
    async with way_to(emulator, "helper") as (route, subject):
        found = await compare_places(route, subject)
    assert found.verdict == "differs"
    assert "not streamed again, for it is no background response" in found.came
    assert found.follows.startswith(USABLE)
    assert "`background` is ignored there" in found.follows


async def test_who_may_only_ask_agents_probes_at_their_endpoint(emulator: Emulator) -> None:
    emulator.behave(consumer_only=True)
    done = await probed(emulator, "helper", route="agent")
    found = findings(done)
    assert done.code == 0
    assert {found[n]["verdict"] for n in (1, 3, 4, 5, 6, 11)} == {"holds"}
    assert "a version answered, and the served one is not known" in found[11]["came"]
    assert "through the project HTTP 401, PermissionDenied" in found[11]["came"]
    assert found[11]["follows"] == USABLE
    # It may be a hosted one, whose kind this role does not show.
    assert (found[12]["verdict"], "is not known" in found[12]["came"]) == ("not tried", True)
    assert "PermissionDenied" in found[10]["came"]
