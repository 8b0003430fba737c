"""With what a caller's questions are signed, where each of their requests brings something else."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import anyio
import pytest

from mcp_foundry.contract.caller import Caller
from mcp_foundry.contract.errors import FoundryError, NotSent
from mcp_foundry.emulator import DEFAULT_AGENT, Emulator
from mcp_foundry.project.callers import Callers
from mcp_foundry.project.session import FoundrySession, open_session
from mcp_foundry.runs.asker import Request
from mcp_foundry.settings.limits import Limits
from mcp_foundry.settings.values import Settings
from tests.rigs.foundry_tokens import token_of
from tests.rigs.issuer import ALICE, TENANT

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from mcp_foundry.runs.run import Run

pytestmark = pytest.mark.anyio


@pytest.fixture
async def emulator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Emulator]:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    async with Emulator(https=True) as running:
        yield running


@pytest.fixture
async def opened(emulator: Emulator) -> AsyncGenerator[FoundrySession]:
    told = Settings(
        endpoint=emulator.endpoint,
        auth="entra",
        identity="user",
        route="agent",
        keys=(b"a key of thirty-two bytes or more",),
        ca_bundle=emulator.places["authority"],
        budget=1_000_000,
        limits=Limits(pause=0.05),
    )
    async with open_session(told) as foundry:
        yield foundry


def alice(seconds: float = 3600, refusal: NotSent | None = None) -> Caller:
    """What a request of hers brought: a token for so long, or a refusal instead."""
    if refusal:
        return Caller(TENANT, ALICE, refusal=refusal)
    ends = int(time.time() + seconds)
    return Caller(TENANT, ALICE, token=token_of(ALICE, exp=ends), token_ends=ends)


async def unwatched(run: Run) -> None:
    await run.done.wait()


async def asked(foundry: FoundrySession) -> str:
    question = await foundry.question(Request("[say Hello]", DEFAULT_AGENT, ""))
    return (await foundry.ask(question, unwatched)).text


async def test_who_has_no_token_is_told_why_at_once_and_slows_nobody_down(
    emulator: Emulator, opened: FoundrySession
) -> None:
    wrong = NotSent("rate_limited", "Entra asks for a pause.", retry_after=30)
    most = opened.shared.limiter.limit
    with anyio.fail_after(20), Callers(opened.shared).session_of(alice(refusal=wrong)) as hers:
        with pytest.raises(NotSent, match=r"Entra asks for a pause\.") as told:
            await asked(hers)
        batch = hers.ask_all([Request("Hello", DEFAULT_AGENT, "")] * 3)
        await batch.done.wait()
        spent = hers.runs.spending
    assert told.value.retry_after == 30
    assert told.value is not wrong
    assert {each and each.error and each.error.code for each in batch.answers} == {"rate_limited"}
    assert opened.shared.limiter.limit == most
    assert not spent.counts
    assert emulator.received == []


async def test_what_is_under_way_goes_on_with_its_token_where_a_later_request_has_none(
    emulator: Emulator, opened: FoundrySession
) -> None:
    callers, first = Callers(opened.shared), alice()
    wrong = NotSent("service_unavailable", "Entra does not answer.")
    with callers.session_of(first) as hers, callers.session_of(alice(refusal=wrong)) as later:
        assert await asked(hers) == "Hello"
        assert await asked(later) == "Hello"
    with callers.session_of(alice(60)):
        assert await asked(hers) == "Hello"
    assert {each.headers["authorization"] for each in emulator.received} == {
        f"Bearer {first.token}"
    }


async def test_a_newer_token_is_used_for_all_and_an_ended_one_for_nothing(
    emulator: Emulator, opened: FoundrySession
) -> None:
    callers = Callers(opened.shared)
    with callers.session_of(alice(-1)) as hers:
        missing = NotSent("forbidden", "Consent is missing.")
        with (
            callers.session_of(alice(refusal=missing)),
            pytest.raises(FoundryError, match=r"Consent is missing\."),
        ):
            await asked(hers)
        newer = alice()
        with callers.session_of(newer):
            assert await asked(hers) == "Hello"
    assert emulator.received[-1].headers["authorization"] == f"Bearer {newer.token}"


async def test_a_request_may_do_what_it_came_with_itself(opened: FoundrySession) -> None:
    callers, plain = Callers(opened.shared), alice()
    manager = replace(plain, roles=frozenset({"Agents.Manage"}))
    with callers.session_of(plain) as hers, callers.session_of(manager) as managing:
        managing.check_manages("It")
        with pytest.raises(FoundryError, match=r"Agents\.Manage"):
            hers.check_manages("It")
    with callers.session_of(manager) as managing, callers.session_of(plain):
        managing.check_manages("It")


async def test_what_somebody_may_not_is_told_to_them_and_not_to_whoever_runs_the_server(
    emulator: Emulator, opened: FoundrySession
) -> None:
    emulator.rights(ALICE, "none")
    with Callers(opened.shared).session_of(alice()) as hers, pytest.raises(FoundryError) as told:
        await asked(hers)
    assert told.value.code == "forbidden"
    assert "not permitted to you" in str(told.value)
    assert "Foundry Agent Consumer" in str(told.value)
    with Callers(opened.shared).session_of(alice(-1)) as hers, pytest.raises(FoundryError) as told:
        await asked(hers)
    assert told.value.code == "unauthenticated"
    assert "Sign in again" in str(told.value)
    assert "az login" not in str(told.value)
