"""So many runs at once, fewer while the service says that there are too many."""

from __future__ import annotations

import anyio
import pytest

from mcp_foundry.runs.limiter import RunLimiter
from tests.rigs.slots import Held, holding

pytestmark = pytest.mark.anyio


async def test_slots_are_given_in_the_order_in_which_they_were_asked_for() -> None:
    async with holding(RunLimiter(2), "a", "b", "c", "d") as (held, _):
        assert held.inside == ["a", "b"]
        await held.leave("b")
        assert held.inside == ["a", "c"]
        await held.leave("a", "c")
        assert held.inside == ["d"]


async def test_a_refusal_halves_the_slots_and_one_wave_counts_once() -> None:
    limiter = RunLimiter(8)
    limiter.decrease()
    limiter.decrease()
    assert limiter.limit == 4


async def test_slots_grow_again_up_to_the_most_and_never_below_one() -> None:
    limiter = RunLimiter(2)
    limiter.decrease()
    assert limiter.limit == 1
    for _ in range(5):
        limiter.increase()
    assert limiter.limit == 2
    single = RunLimiter(1)
    single.decrease()
    assert single.limit == 1


async def test_nobody_is_let_in_while_more_are_in_than_may_be() -> None:
    limiter = RunLimiter(4)
    async with holding(limiter, "a", "b", "c", "d", "e") as (held, _):
        limiter.decrease()
        limiter.increase()
        await held.leave("a")
        assert held.inside == ["b", "c", "d"]
        await held.leave("b")
        assert held.inside == ["c", "d", "e"]


async def test_one_too_many_waits_first_in_line() -> None:
    limiter = RunLimiter(2)
    held = Held(limiter)
    with anyio.fail_after(5):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(held.settle, "refused")
            await anyio.wait_all_tasks_blocked()
            tasks.start_soon(held.hold, "a")
            tasks.start_soon(held.hold, "b")
            await anyio.wait_all_tasks_blocked()
            assert held.inside == ["refused", "a"]
            limiter.decrease()
            await held.leave("refused")
            assert held.inside == ["a"]
            await held.leave("a")
            assert held.inside[0] == "refused"
            await held.leave("b")


async def test_one_who_is_cancelled_while_admitted_passes_the_slot_on() -> None:
    limiter = RunLimiter(1)
    async with holding(limiter, "a") as (held, tasks):
        leaver = anyio.CancelScope()

        async def leave_at_once() -> None:
            with leaver:
                await held.hold("b")

        tasks.start_soon(leave_at_once)
        tasks.start_soon(held.hold, "c")
        await anyio.wait_all_tasks_blocked()
        leaver.cancel()
        await held.leave("a")
        assert held.inside == ["c"]
