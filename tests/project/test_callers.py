"""The sessions of callers: the same again, apart from each other, and no more than have room."""

from __future__ import annotations

import gc
from dataclasses import replace
from typing import TYPE_CHECKING
from weakref import ref

import anyio
import pytest

from mcp_foundry.contract.answers import Answer
from mcp_foundry.contract.caller import Caller
from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.project.callers import Callers
from mcp_foundry.project.session import FoundrySession, open_session
from mcp_foundry.runs.asker import Request
from mcp_foundry.settings.limits import Limits
from mcp_foundry.settings.values import Settings
from tests.rigs.issuer import ALICE, BOB, TENANT

if TYPE_CHECKING:
    from collections.abc import Generator

    from mcp_foundry.emulator import Emulator

pytestmark = pytest.mark.anyio

A_KEY = "a key of thirty-two bytes or more"


def settings(emulator: Emulator) -> Settings:
    """What a service is told that asks in its own name."""
    return Settings.read(
        {
            "FOUNDRY_PROJECT_ENDPOINT": emulator.endpoint,
            "MCP_FOUNDRY_AUTH": "entra",
            "MCP_FOUNDRY_IDENTITY": "server",
            "MCP_FOUNDRY_KEYS": A_KEY,
        }
    )


async def asked(
    foundry: FoundrySession, agent: str, conversation: str, message: str = "Hello"
) -> str:
    """The conversation in which an agent answered."""
    question = await foundry.question(Request(message, agent, conversation))
    run = foundry.runs.begin(question)
    await foundry.runs.follow(run)
    await run.done.wait()
    if isinstance(run.outcome, FoundryError):
        raise run.outcome
    assert isinstance(run.outcome, Answer)
    return run.outcome.conversation_id


async def test_a_caller_has_the_same_session_again_with_the_newest_sign_in(
    emulator: Emulator,
) -> None:
    async with open_session(settings(emulator)) as foundry:
        callers = Callers(foundry.shared)
        with callers.session_of(Caller(TENANT, ALICE, "one")) as first:
            pass
        manager = Caller(TENANT, ALICE, "two", frozenset({"Agents.Manage"}))
        with callers.session_of(manager) as again, callers.session_of(Caller(TENANT, BOB)) as bob:
            assert again.runs is first.runs
            assert again.caller == manager
            assert first.caller == Caller(TENANT, ALICE, "one")
            assert bob is not first
            assert bob.clients is first.clients
            assert bob.runs is not first.runs


async def test_only_sessions_in_which_nothing_goes_on_are_forgotten(emulator: Emulator) -> None:
    async with open_session(settings(emulator)) as foundry:
        callers = Callers(foundry.shared, most=1)
        with callers.session_of(Caller(TENANT, ALICE)) as alice:
            with callers.session_of(Caller(TENANT, BOB)) as bob:
                pass
            with callers.session_of(Caller(TENANT, ALICE)) as calling:
                assert calling.runs is alice.runs
            with callers.session_of(Caller(TENANT, "third")):
                pass
            with callers.session_of(Caller(TENANT, BOB)) as again:
                assert again.runs is not bob.runs


@pytest.fixture
def without_collector() -> Generator[None]:
    """What is gone is gone by itself."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("without_collector")
async def test_of_a_caller_who_is_forgotten_nothing_waits_for_the_garbage_collector(
    emulator: Emulator,
) -> None:
    async with open_session(settings(emulator)) as foundry:
        callers = Callers(foundry.shared, most=1)
        with callers.session_of(Caller(TENANT, ALICE)) as alice:
            run = alice.runs.begin(await alice.question(Request("Hello", "helper", "")))
            await alice.runs.follow(run)
        left = ref(alice), ref(alice.runs), ref(run)
        del alice, run
        await anyio.wait_all_tasks_blocked()
        with callers.session_of(Caller(TENANT, BOB)):
            assert [each() for each in left if each()] == []


class Given(list[str]):
    """What can be seen to be gone."""


@pytest.mark.usefixtures("without_collector")
async def test_of_a_batch_that_ended_only_its_answers_are_kept_and_its_caller_finds_them(
    emulator: Emulator,
) -> None:
    async with open_session(settings(emulator)) as foundry:
        callers = Callers(foundry.shared, most=1)
        given = Given()
        with callers.session_of(Caller(TENANT, ALICE)) as alice:
            batch = alice.ask_all([Request("[say Hello]", "helper", "", files=given)])
            await batch.done.wait()
        left, identifier = [ref(alice), ref(alice.runs), ref(given)], batch.id
        del alice, given, batch
        await anyio.wait_all_tasks_blocked()
        with callers.session_of(Caller(TENANT, BOB)) as bob:
            assert [each() for each in left if each()] == []
            with pytest.raises(FoundryError, match="not known to the replica"):
                bob.batches.find(identifier)
        with callers.session_of(Caller(TENANT, ALICE)) as again:
            assert again.batches.answer(f"{identifier}/1").text == "Hello"


async def test_answers_of_batches_have_one_bound_and_whoever_has_most_gives_way(
    emulator: Emulator,
) -> None:
    told = replace(settings(emulator), limits=Limits(batched=6))
    async with open_session(told) as foundry:
        alice, bob = (FoundrySession(foundry.shared, Caller(TENANT, it)) for it in (ALICE, BOB))

        async def asked(session: FoundrySession) -> str:
            batch = session.ask_all([Request("Hello", "helper", "")] * 2)
            await batch.done.wait()
            return batch.id

        of_alice, used, unused = await asked(alice), await asked(bob), await asked(bob)
        assert bob.batches.find(used)
        newest = await asked(bob)
        assert alice.batches.find(of_alice)
        assert bob.batches.find(used)
        assert bob.batches.find(newest)
        with pytest.raises(FoundryError, match="not known to the replica"):
            bob.batches.find(unused)


async def test_runs_that_are_kept_have_one_bound_and_whoever_has_most_gives_way(
    emulator: Emulator,
) -> None:
    told = replace(settings(emulator), limits=Limits(kept=2))
    async with open_session(told) as foundry:
        alice, bob = (FoundrySession(foundry.shared, Caller(TENANT, it)) for it in (ALICE, BOB))
        for session, key in ((alice, "first"), (bob, "second"), (bob, "third"), (bob, "fourth")):
            question = await session.question(Request("Hello", "helper", ""))
            run = session.runs.begin_once(key, question)
            assert session.runs.begin_once(key, question) is run
        assert alice.runs.kept.find("first")
        assert [bool(bob.runs.kept.find(key)) for key in ("second", "third", "fourth")] == [0, 0, 1]
        assert not alice.runs.kept.find("fourth")


async def test_ten_thousand_callers_leave_no_more_than_there_is_room_for(
    emulator: Emulator,
) -> None:
    async with open_session(settings(emulator)) as foundry:
        callers = Callers(foundry.shared, most=20)
        for number in range(10_000):
            with callers.session_of(Caller(TENANT, f"person-{number}")):
                pass
        assert callers.kept <= 21


@pytest.mark.parametrize(
    ("scope", "own"),
    [
        (f"{TENANT}.{ALICE}", True),
        (ALICE, True),
        (f"notes-{ALICE.upper()}", True),
        (BOB, False),
        (f"{ALICE}.{BOB}", False),
        (f"{TENANT}.{BOB}", False),
        (TENANT, False),
        ("team", False),
        (f"x{ALICE}", True),
        (f"{ALICE}0", False),
    ],
)
def test_a_memory_scope_is_a_callers_where_their_object_id_is_its_only_one(
    scope: str, own: bool
) -> None:
    assert Caller(TENANT, ALICE).owns(scope) is own


async def test_who_answered_last_in_a_conversation_that_stays_is_asked_anew_beside_replicas(
    emulator: Emulator,
) -> None:
    told = settings(emulator)
    async with open_session(told) as one, open_session(told) as other:
        first, second = (
            FoundrySession(each.shared, Caller(TENANT, ALICE)) for each in (one, other)
        )
        begun = await asked(first, "helper", "new")
        assert (await first.question(Request("Go on", "", begun))).agent == "helper"
        assert await asked(second, "researcher", begun) == begun
        assert (await first.question(Request("Go on", "", begun))).agent == "researcher"


async def test_a_budget_is_each_callers_own(emulator: Emulator) -> None:
    told = replace(settings(emulator), budget=520)
    async with open_session(told) as opened:
        alice, bob = (FoundrySession(opened.shared, Caller(TENANT, each)) for each in (ALICE, BOB))
        question = "helper", "", "x" * 1000
        await asked(alice, *question)
        with pytest.raises(FoundryError) as refused:
            await asked(alice, *question)
        assert refused.value.code == "budget_exhausted"
        assert await asked(bob, *question)


async def test_a_batch_beside_those_of_others_is_kept_as_long_as_a_run_may_live(
    emulator: Emulator,
) -> None:
    told = settings(emulator)
    told = replace(told, limits=replace(told.limits, run=1))
    async with open_session(told) as opened:
        alice = FoundrySession(opened.shared, Caller(TENANT, ALICE))
        batch = alice.ask_all([Request("Hello", "helper", "")])
        await batch.done.wait()
        assert alice.batches.find(batch.id) is batch
        with pytest.raises(FoundryError, match="the longest that a run may take"):
            await asked(alice, "helper", "", "[slow 9]")
        with pytest.raises(FoundryError, match="call again a few times") as gone:
            alice.batches.find(batch.id)
    assert gone.value.retry_after == 1
