"""What a probe finds of a hosted agent's sessions, and that it leaves none behind."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import anyio
import pytest

from mcp_foundry.commands.probing.staying import keep_session
from tests.rigs.hosted import HOSTED, pin
from tests.rigs.probing import INTERRUPTIBLE, findings, interrupted, probed, way_to

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp_foundry.commands.probing.findings import Finding
    from mcp_foundry.emulator import Emulator

pytestmark = pytest.mark.anyio

SESSIONS = "/agents/acme-box/endpoint/sessions"
QUESTIONS = "POST /agents/acme-box/endpoint/protocols/openai/responses"
NO_VERSION = "a version of this agent cannot be asked (NAME:VERSION)"


@pytest.fixture(autouse=True)
def box(emulator: Emulator) -> None:
    emulator.store.add_agent("acme-box", definition=HOSTED)


async def kept(emulator: Emulator, agent: str = "acme-box") -> Finding:
    """What is found of the sessions while nothing else is tried."""
    async with way_to(emulator, agent) as (route, subject):
        found = await keep_session(route, subject)
        assert await route.leave()
        return found


def let_pass(emulator: Emulator, count: int) -> None:
    """Let so many questions be answered as they are."""
    emulator.fault(on=QUESTIONS, times=count, comments=True)


async def kept_while(emulator: Emulator, question: int, change: Callable[[], None]) -> Finding:
    """The same, where the service changes while that question is on its way."""
    found: list[Finding] = []

    async def keep() -> None:
        found.append(await kept(emulator))

    let_pass(emulator, question - 1)
    emulator.fault(on=QUESTIONS, delay=1)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(keep)
        await emulator.wait_for(
            lambda emulated: (
                sum(f"{it.method} {it.path}" == QUESTIONS for it in emulated.received) == question
            )
        )
        change()
    return found[0]


def rename(emulator: Emulator) -> None:
    """Let the newest session be told by another name from now on."""
    [*_, newest] = emulator.store.sessions.values()
    newest.info["agent_session_id"] = "elsewhere"


def deleted(emulator: Emulator) -> list[str]:
    """The sessions that were deleted, by their ids."""
    gone = [each.path for each in emulator.received if each.method == "DELETE"]
    return [path.removeprefix(f"{SESSIONS}/") for path in gone if path.startswith(SESSIONS)]


async def test_a_session_for_a_version_that_is_named_is_answered_by_that_version(
    emulator: Emulator,
) -> None:
    emulator.store.add_agent("acme-box", definition=HOSTED)
    pin(emulator, "acme-box", "1")
    found = await kept(emulator, "acme-box:2")
    assert found.verdict == "holds"
    assert "a session for version 2: HTTP 201" in found.came
    assert found.came.endswith("in it the latest version answered, and not the served one")


async def test_a_follow_up_in_another_session_is_told(emulator: Emulator) -> None:
    found = await kept_while(emulator, 2, lambda: rename(emulator))
    assert found.verdict == "differs"
    assert "by previous_response_id alone: another session" in found.came
    assert found.follows == "the bridge names the session itself, so that nothing is lost"


async def test_a_follow_up_without_a_session_is_told(emulator: Emulator) -> None:
    async with way_to(emulator, "helper", "agent") as (route, subject):
        found = await keep_session(route, replace(subject, kind="hosted"))
    assert found.verdict == "differs"
    assert "by previous_response_id alone: no session told" in found.came
    assert "a conversation may lose its session at each turn" in found.follows


async def test_a_session_in_which_another_version_answers_is_told(emulator: Emulator) -> None:
    emulator.store.add_agent("acme-box", definition=HOSTED)
    pin(emulator, "acme-box", "1")

    def change() -> None:
        rename(emulator)
        [*_, newest] = emulator.store.sessions.values()
        newest.info["version_indicator"]["agent_version"] = "2"

    found = await kept_while(emulator, 3, change)
    assert found.verdict == "differs"
    assert "the latest version answered, and not the served one, in another" in found.came
    assert "a version that is asked for may not be the one that answers" in found.follows
    assert "in another session than the one that it names" in found.follows
    assert len(deleted(emulator)) == 1


async def test_a_session_that_takes_no_question_is_told(emulator: Emulator) -> None:
    let_pass(emulator, 2)
    emulator.fail_next(400, on=QUESTIONS)
    found = await kept(emulator)
    assert (found.verdict, found.follows) == ("differs", NO_VERSION)
    assert "refused in it: HTTP 400" in found.came


async def test_a_hosted_agent_without_sessions_for_a_version_is_told_so(
    emulator: Emulator,
) -> None:
    emulator.fail_next(404, on=f"POST {SESSIONS}")
    found = await kept(emulator)
    assert (found.verdict, found.follows) == ("differs", NO_VERSION)
    assert deleted(emulator) == []


@pytest.mark.parametrize(
    ("status", "follows"),
    [
        (404, "the bridge takes a session for dead that is not"),
        (500, "the bridge does not see that a session has died"),
    ],
)
async def test_a_session_that_cannot_be_read_is_told(
    emulator: Emulator, status: int, follows: str
) -> None:
    emulator.fail_next(status, on=f"GET {SESSIONS}")
    found = await kept(emulator)
    assert (found.verdict, found.follows) == ("differs", follows)
    assert f"GET of it HTTP {status}" in found.came


async def test_what_a_probe_makes_is_deleted(emulator: Emulator) -> None:
    await probed(emulator, "acme-box")
    assert len(emulator.store.conversations) == 0
    [gone] = deleted(emulator)
    assert emulator.store.sessions[gone].info["status"] == "deleted"


@pytest.mark.parametrize("kind", ["conversations", "sessions"])
async def test_what_cannot_be_deleted_keeps_nothing_else_from_being_deleted(
    emulator: Emulator, kind: str
) -> None:
    emulator.fail_next(500, on=f"/{kind}/", times=1000)
    done = await probed(emulator, "acme-box")
    assert findings(done)[2]["came"].endswith("a session or a file could not be deleted")
    [gone] = deleted(emulator)
    assert (emulator.store.sessions[gone].info["status"] == "deleted") is (kind != "sessions")
    assert (len(emulator.store.conversations) == 0) is (kind != "conversations")


@INTERRUPTIBLE
@pytest.mark.parametrize("delay", [0, 1], ids=["created", "on its way"])
async def test_ctrl_c_leaves_no_session(emulator: Emulator, delay: float) -> None:
    creation = f"POST {SESSIONS}"
    emulator.fault(on=creation, delay=delay)
    await interrupted(emulator, "acme-box", creation)
    [gone] = deleted(emulator)
    assert emulator.store.sessions[gone].info["status"] == "deleted"
    assert len(emulator.store.conversations) == 0
