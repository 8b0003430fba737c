"""Who waits takes turns with others, and holds no more than one may."""

from __future__ import annotations

from collections.abc import Sized

import anyio
import pytest

from mcp_foundry.runs.limiter import RunLimiter
from tests.rigs.slots import Held, holding

pytestmark = pytest.mark.anyio


async def test_owners_take_turns_and_the_runs_of_each_come_in_their_order() -> None:
    names = ("alice/1", "alice/2", "alice/3", "alice/4", "bob/1", "bob/2")
    async with holding(RunLimiter(1), *names) as (held, _):
        order: list[str] = []
        for _ in names:
            order += held.inside
            await held.leave(*held.inside)
        assert order == ["alice/1", "bob/1", "alice/2", "bob/2", "alice/3", "alice/4"]


async def test_a_newcomer_waits_for_one_turn_of_each_other_owner_at_most() -> None:
    many = [f"{owner}/{number}" for number in range(50) for owner in ("alice", "bob", "carol")]
    async with holding(RunLimiter(1), *many, "dave/1") as (held, _):
        before = 0
        await held.leave("alice/0")
        while held.inside != ["dave/1"]:
            await held.leave(*held.inside)
            before += 1
        assert before == 3


async def test_an_owner_holds_no_more_than_it_may_and_the_rest_is_for_others() -> None:
    limiter = RunLimiter(4, 2)
    async with holding(limiter, "alice/1", "alice/2", "alice/3", "bob/1") as (held, tasks):
        assert held.inside == ["alice/1", "alice/2", "bob/1"]
        tasks.start_soon(held.hold, "bob/2")
        await anyio.wait_all_tasks_blocked()
        assert held.inside == ["alice/1", "alice/2", "bob/1", "bob/2"]
        await held.leave("bob/1")
        assert held.inside == ["alice/1", "alice/2", "bob/2"]
        await held.leave("alice/1")
        assert held.inside == ["alice/2", "bob/2", "alice/3"]


async def test_an_owner_who_has_all_it_may_have_holds_nobody_up() -> None:
    names = ("alice/1", "alice/2", "bob/1", "alice/3", "alice/4", "bob/2")
    async with holding(RunLimiter(3, 2), *names) as (held, _):
        await held.leave("bob/1")
        assert held.inside == ["alice/1", "alice/2", "bob/2"]
        await held.leave("alice/1", "alice/2")
        assert held.inside == ["bob/2", "alice/3", "alice/4"]


async def test_where_fewer_runs_fit_an_owner_has_fewer_too_and_gets_them_back() -> None:
    limiter = RunLimiter(8, 4)
    limiter.decrease()
    names = [f"alice/{number}" for number in range(1, 6)]
    async with holding(limiter, *names, "bob/1") as (held, _):
        assert held.inside == ["alice/1", "alice/2", "bob/1"]
        for _ in range(4):
            limiter.increase()
        await anyio.wait_all_tasks_blocked()
        assert held.inside == ["alice/1", "alice/2", "bob/1", "alice/3", "alice/4"]


async def test_a_refused_run_is_its_owners_next_and_takes_no_turn_of_others() -> None:
    limiter = RunLimiter(2)
    held = Held(limiter)
    with anyio.fail_after(5):
        async with anyio.create_task_group() as tasks:
            for name in ("alice/1", "alice/2", "alice/3", "bob/1"):
                how = held.settle if name == "alice/1" else held.hold
                tasks.start_soon(how, name)
                await anyio.wait_all_tasks_blocked()
            limiter.decrease()
            await held.leave("alice/1")
            assert held.inside == ["alice/2"]
            await held.leave("alice/2")
            assert held.inside == ["bob/1"]
            await held.leave("bob/1")
            assert held.inside[0] == "alice/1"
            await held.leave("alice/3")


async def test_one_who_waits_no_longer_has_no_turn() -> None:
    async with holding(RunLimiter(1), "alice/1") as (held, tasks):
        leaver = anyio.CancelScope()

        async def leave_at_once() -> None:
            with leaver:
                await held.hold("bob/1")

        tasks.start_soon(leave_at_once)
        tasks.start_soon(held.hold, "carol/1")
        await anyio.wait_all_tasks_blocked()
        leaver.cancel()
        await held.leave("alice/1")
        assert held.inside == ["carol/1"]


async def test_of_thousands_of_owners_who_hold_nothing_nothing_is_kept() -> None:
    limiter = RunLimiter(4, 2)

    async def ask(number: int) -> None:
        for _ in range(2):
            async with limiter.slot(object(), f"owner {number}"):
                await anyio.lowlevel.checkpoint()

    with anyio.fail_after(30):
        async with anyio.create_task_group() as tasks:
            for number in range(2_000):
                tasks.start_soon(ask, number)
    kept = {name: value for name, value in vars(limiter).items() if isinstance(value, Sized)}
    kept.pop("_last")  # one name
    assert len(kept) > 3
    assert not any(kept.values())
