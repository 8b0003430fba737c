"""What a probe finds on an emulator that is told what it is like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mcp_foundry.contract.json import object_in
from tests.rigs.probing import differing, findings, probed

if TYPE_CHECKING:
    from mcp_foundry.emulator import Emulator

pytestmark = pytest.mark.anyio

ODDITIES: dict[str, tuple[dict[str, Any], int, str, str]] = {
    # What the service is like; the point that differs; a word of what came, and of what follows.
    "no resuming": ({"resume_seconds": 0}, 4, "no longer be streamed", "polls"),
    "no list": ({"lists_responses": False}, 8, "HTTP 405", "cannot be found in the list"),
    "no running in the list": ({"lists_running": False}, 8, "not listed", "once it has ended"),
    "no GET": ({"get_breaks": True}, 3, "HTTP 500, server_error", "in the list instead"),
    "no background": (
        {"refused_fields": ("background",)},
        1,
        "param background",
        "asks without `background` after one refusal",
    ),
    "no background by schema": (
        {"refuses_by_schema": ("background",)},
        1,
        "param background",
        "asks without `background` after one refusal",
    ),
    "background ignored": (
        {"ignores_background": True},
        1,
        "background echoed false",
        "ignores it",
    ),
    "no metadata": ({"refused_fields": ("metadata",)}, 9, "param metadata", "without `metadata`"),
    "metadata dropped": ({"drops_metadata": True}, 9, "drops it", "not surely found by its mark"),
    "calls forgotten": (
        {"forgets_calls_of_background": True},
        7,
        "No tool call found",
        "conversation_id=new",
    ),
}
# What else differs, where one thing leads to another.
CONSEQUENCES = {
    "no background": {8},
    "no background by schema": {8},
    "background ignored": {8},
    "no list": set[int](),
}
# Points that a foreground response cannot be asked about.
WITHOUT_BACKGROUND = {3}


@pytest.mark.parametrize("oddity", ODDITIES)
async def test_an_oddity_of_the_service_is_told_with_what_follows_from_it(
    emulator: Emulator, oddity: str
) -> None:
    words, number, came, follows = ODDITIES[oddity]
    emulator.behave(**words)
    done = await probed(emulator, "weather")
    found = findings(done)
    assert done.code == 0
    assert came in found[number]["came"], found[number]
    assert follows in found[number]["follows"], found[number]
    further = CONSEQUENCES.get(oddity, set[int]())
    further |= WITHOUT_BACKGROUND if 8 in further else set[int]()
    assert differing(done) == {number} | further, done.stdout
    untried = {each["number"] for each in found.values() if each["verdict"] == "not tried"}
    assert untried == {12} | ({4, 5} if 8 in further else {6} if number == 3 else set[int]())
    assert len(emulator.store.conversations) == 0


async def test_a_missing_role_is_told_as_the_last_point_and_nothing_else_is_tried(
    emulator: Emulator,
) -> None:
    emulator.behave(lacks_role=True)
    done = await probed(emulator, "weather")
    assert done.code == 1
    assert differing(done) == {10}
    found = findings(done)
    assert "Foundry User" in found[10]["follows"]
    assert "PermissionDenied" in found[10]["came"]
    assert "principal `<guid>` lacks the required data action" in found[10]["came"]
    assert all("see point 10" in found[number]["came"] for number in range(1, 10))
    assert emulator.runs_taken == 0


async def test_a_background_refused_without_its_name_is_done_without(emulator: Emulator) -> None:
    emulator.fault(on="run", comments=True)  # the first question, which is no background one
    emulator.fail_next(400, message="No.")
    done = await probed(emulator, "weather")
    found = findings(done)[1]
    assert found["verdict"] == "differs"
    assert "cannot tell that it is `background`: set MCP_FOUNDRY_BACKGROUND=off" in found["follows"]
    asked = [r for r in emulator.received if "background" in object_in(r.body)]
    assert len(asked) == 1


SHAPES = [
    ("[]", "HTTP 200 with a list instead of a JSON object"),
    ("<html>Welcome</html>", "HTTP 200 with no JSON instead"),
    ('{"status": 7, "data": {}}', ""),
    # More digits than Python reads, which nothing in the probe is prepared for.
    (f'{{"status": {"7" * 5000}}}', "an answer of an unexpected shape (ValueError)"),
]


@pytest.mark.parametrize(
    ("on", "number", "body", "told"),
    [
        *(("get", 3, *shape) for shape in SHAPES),
        ("list", 8, *SHAPES[0]),
        ("POST /openai/v1/conversations", 2, *SHAPES[1]),
    ],
    ids=["list", "page", "object", "digits", "listing", "conversation"],
)
async def test_a_reply_of_another_shape_is_a_finding_and_not_the_end_of_the_others(
    emulator: Emulator, on: str, number: int, body: str, told: str
) -> None:
    emulator.fault(on=on, times=1000, status=200, body=body)
    done = await probed(emulator)
    found = findings(done)
    assert done.code == 0
    assert found[number]["verdict"] in {"differs", "not tried"}
    assert told in found[number]["came"]
    assert {found[1]["verdict"], found[10]["verdict"]} == {"holds"}


async def test_a_rate_limit_says_to_come_back(emulator: Emulator) -> None:
    emulator.fail_next(429, times=1000)
    done = await probed(emulator)
    assert done.code == 1
    found = findings(done)
    assert (found[1]["verdict"], found[1]["follows"]) == ("not tried", "probe again later")


@pytest.mark.parametrize("status", [424, 429])
async def test_who_is_told_to_come_back_does_not_take_background_for_refused(
    emulator: Emulator, status: int
) -> None:
    emulator.fault(on="run", comments=True)  # the first question, which is no background one
    emulator.fail_next(status)
    found = findings(await probed(emulator))
    assert (found[1]["verdict"], found[1]["follows"]) == ("not tried", "probe again later")
    assert found[5]["verdict"] == "holds"


async def test_a_conversation_that_cannot_be_deleted_is_told(emulator: Emulator) -> None:
    emulator.fail_next(500, on="DELETE /openai/v1/conversations", times=1000)
    done = await probed(emulator)
    assert done.code == 0
    assert findings(done)[2]["came"].endswith("a session or a file could not be deleted")
