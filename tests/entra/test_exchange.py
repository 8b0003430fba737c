"""Exchanges on behalf of callers: once each, kept while they last, and nobody's for another."""

from __future__ import annotations

from time import time
from typing import TYPE_CHECKING

import anyio
import pytest

from mcp_foundry.entra.exchange import Exchange
from mcp_foundry.entra.failures import unavailable
from mcp_foundry.service.clients import SCOPE
from tests.rigs.exchanging import SECRET, caller, claims_of, exchanging
from tests.rigs.issuer import ALICE, BOB, CLIENT

if TYPE_CHECKING:
    from pathlib import Path

    from anyio.abc import TaskGroup

    from mcp_foundry.contract.caller import Caller
    from mcp_foundry.entra.failures import Failed

pytestmark = pytest.mark.anyio
HOUR = 3600.0


async def test_a_caller_gets_a_token_for_foundry_in_their_own_name(tmp_path: Path) -> None:
    async with exchanging(tmp_path) as (issuer, exchange):
        assertion = issuer.token(ALICE)
        found = await exchange.for_caller(caller(ALICE), assertion)
    assert found.key == caller(ALICE).key
    assert found.refusal is None
    claims = claims_of(found.token)
    assert (claims["oid"], claims["aud"]) == (ALICE, "https://ai.azure.com")
    form = issuer.exchanges[0]
    assert form["assertion"] == assertion
    assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    assert form["requested_token_use"].split("_") == ["on", "behalf", "of"]
    assert SCOPE in form["scope"].split()
    assert (form["client_id"], form["client_secret"]) == (CLIENT, SECRET)


async def test_the_same_sign_in_is_exchanged_once(tmp_path: Path) -> None:
    async with exchanging(tmp_path) as (issuer, exchange):
        assertion = issuer.token(ALICE)
        tokens = {(await exchange.for_caller(caller(), assertion)).token for _ in range(5)}
    assert len(tokens) == 1
    assert len(issuer.exchanges) == 1


async def test_first_calls_at_once_share_one_exchange(tmp_path: Path) -> None:
    async with exchanging(tmp_path) as (issuer, exchange):
        assertion, found = issuer.token(ALICE), list[str]()
        all_wait = anyio.Event()

        async def held(_: dict[str, str]) -> None:
            await all_wait.wait()

        async def call() -> None:
            found.append((await exchange.for_caller(caller(), assertion)).token)

        issuer.on_exchange = held
        async with anyio.create_task_group() as tasks:
            for _ in range(5):
                tasks.start_soon(call)
            await anyio.wait_all_tasks_blocked()
            all_wait.set()
    assert len(found) == 5
    assert len(set(found)) == 1
    assert len(issuer.exchanges) == 1


async def test_two_people_and_two_sign_ins_of_one_share_nothing(tmp_path: Path) -> None:
    async with exchanging(tmp_path) as (issuer, exchange):
        signed_in = [(ALICE, issuer.token(ALICE)), (BOB, issuer.token(BOB))]
        signed_in.append((ALICE, issuer.token(ALICE, uti="another")))
        for _ in range(2):
            for person, assertion in signed_in:
                found = await exchange.for_caller(caller(person), assertion)
                assert claims_of(found.token)["oid"] == person
    assert [form["assertion"] for form in issuer.exchanges] == [each for _, each in signed_in]


async def test_whoever_came_first_may_leave_and_the_others_get_their_token(
    tmp_path: Path,
) -> None:
    async with exchanging(tmp_path) as (issuer, exchange):
        assertion, found = issuer.token(ALICE), list[str]()
        asked, answers = anyio.Event(), anyio.Event()

        async def held(_: dict[str, str]) -> None:
            asked.set()
            await answers.wait()

        async def follow() -> None:
            found.append((await exchange.for_caller(caller(), assertion)).token)

        issuer.on_exchange = held
        async with anyio.create_task_group() as tasks:
            with anyio.CancelScope() as leader:

                async def leave() -> None:
                    await asked.wait()
                    tasks.start_soon(follow)
                    await anyio.wait_all_tasks_blocked()
                    leader.cancel()

                tasks.start_soon(leave)
                await exchange.for_caller(caller(), assertion)
            assert leader.cancelled_caught
            answers.set()
    assert len(found) == 1
    assert len(issuer.exchanges) == 1


async def test_one_callers_slow_exchange_keeps_nobody_else_waiting(tmp_path: Path) -> None:
    async with exchanging(tmp_path) as (issuer, exchange):
        slow, answers = issuer.token(ALICE), anyio.Event()

        async def held(form: dict[str, str]) -> None:
            if form["assertion"] == slow:
                await answers.wait()

        issuer.on_exchange = held
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(exchange.for_caller, caller(ALICE), slow)
            while not issuer.exchanges:
                await anyio.wait_all_tasks_blocked()
            assert (await exchange.for_caller(caller(BOB), issuer.token(BOB))).token
            answers.set()


class Entra:
    """Gives tokens that count up, and last for as long as is said."""

    def __init__(self) -> None:
        self.now = time()
        self.lasts = HOUR
        self.asked: list[str] = []
        self.fails: Failed | None = None

    async def ask(self, assertion: str) -> tuple[str, float] | Failed:
        self.asked.append(assertion)
        return self.fails or (self.nth(len(self.asked)), self.now + self.lasts)

    @staticmethod
    def nth(number: int) -> str:
        """Return the token that it gives for the so-manieth time."""
        return f"token {number}"

    def exchange(self, tasks: TaskGroup, most: int = 10) -> Exchange:
        return Exchange(self.ask, tasks, CLIENT, 5, most=most, clock=lambda: self.now)


async def told(exchange: Exchange, assertion: str = "signed in") -> Caller:
    """Call, and let a renewal that it began come to its end."""
    with anyio.fail_after(5):
        found = await exchange.for_caller(caller(), assertion)
        await anyio.wait_all_tasks_blocked()
    return found


async def test_a_token_is_renewed_before_its_end_while_the_last_one_serves() -> None:
    entra = Entra()
    async with anyio.create_task_group() as tasks:
        exchange = entra.exchange(tasks)
        assert (await told(exchange)).token == entra.nth(1)
        entra.now += HOUR - 301
        assert (await told(exchange)).token == entra.nth(1)
        assert len(entra.asked) == 1
        entra.now += 2
        assert (await told(exchange)).token == entra.nth(1)
        assert (await told(exchange)).token == entra.nth(2)
        assert len(entra.asked) == 2


async def test_a_renewal_that_fails_leaves_the_token_until_its_end() -> None:
    entra = Entra()
    async with anyio.create_task_group() as tasks:
        exchange = entra.exchange(tasks)
        await told(exchange)
        entra.now, entra.fails = entra.now + HOUR - 200, unavailable(CLIENT, "down")
        for _ in range(3):
            assert (await told(exchange)).token == entra.nth(1)
        assert len(entra.asked) == 2, "it asks anew only after a rest"
        entra.now += 201
        refusal = (await told(exchange)).refusal
        assert refusal is not None
        assert refusal.code == "service_unavailable"


async def test_a_token_of_few_seconds_is_not_exchanged_with_every_call() -> None:
    entra = Entra()
    entra.lasts = 60
    async with anyio.create_task_group() as tasks:
        exchange = entra.exchange(tasks)
        for _ in range(5):
            await told(exchange)
    assert len(entra.asked) == 1


async def test_who_was_away_for_longest_is_forgotten_where_there_are_too_many() -> None:
    entra = Entra()
    async with anyio.create_task_group() as tasks:
        exchange = entra.exchange(tasks, most=2)
        for each in ("a", "b", "a", "c", "a", "b"):
            await told(exchange, each)
    assert entra.asked == ["a", "b", "c", "b"]


async def test_a_failure_is_told_again_for_some_seconds_without_asking() -> None:
    entra = Entra()
    entra.fails = unavailable(CLIENT, "down")
    async with anyio.create_task_group() as tasks:
        exchange = entra.exchange(tasks)
        first, second = (await told(exchange)).refusal, (await told(exchange)).refusal
        assert first is not second, "each call raises its own, with its own traceback"
        assert len(entra.asked) == 1
        entra.now, entra.fails = entra.now + 6, None
        assert (await told(exchange)).token


async def test_an_exchange_ends_in_time_whatever_it_waits_for() -> None:
    never = anyio.Event()

    async def wait(_: str) -> tuple[str, float]:
        await never.wait()
        raise AssertionError

    async with anyio.create_task_group() as tasks:
        found = await told(Exchange(wait, tasks, CLIENT, 0.05))
        assert found.refusal is not None
        assert found.refusal.code == "service_unavailable"


async def test_a_fault_of_ours_ends_one_call_and_no_other() -> None:
    async def broken(assertion: str) -> tuple[str, float]:
        raise KeyError(assertion)

    async with anyio.create_task_group() as tasks:
        found = await told(Exchange(broken, tasks, CLIENT, 5))
        assert found.refusal is not None
        assert "signed in" not in str(found.refusal)
