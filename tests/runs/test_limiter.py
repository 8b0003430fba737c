"""So many runs at once, fewer while the service says that there are too many; and when again."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from mcp_foundry.contract.errors import ErrorCode, FoundryError
from mcp_foundry.runs.limiter import Slots, pause_before_again

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

pytestmark = pytest.mark.anyio


class Held:
    """Tasks that hold a slot, or wait for one, by name."""

    def __init__(self, slots: Slots) -> None:
        self._slots = slots
        self._leave: dict[str, anyio.Event] = {}
        self.inside: list[str] = []

    async def hold(self, name: str) -> None:
        leave = self._leave[name] = anyio.Event()
        async with self._slots.taken(name):
            self.inside.append(name)
            await leave.wait()
        self.inside.remove(name)

    async def settle(self, name: str) -> None:
        """Be refused, wait, and settle."""
        async with self._slots.taken(name):
            self.inside.append(name)
            await self._leave.setdefault(name, anyio.Event()).wait()
            self.inside.remove(name)
            await self._slots.settle(name)
            self.inside.append(name)

    async def leave(self, *names: str) -> None:
        for name in names:
            self._leave[name].set()
        await anyio.wait_all_tasks_blocked()


@asynccontextmanager
async def holding(slots: Slots, *names: str) -> AsyncGenerator[tuple[Held, Any]]:
    held = Held(slots)
    with anyio.fail_after(5):
        async with anyio.create_task_group() as tasks:
            for name in names:
                tasks.start_soon(held.hold, name)
            await anyio.wait_all_tasks_blocked()
            yield held, tasks
            tasks.cancel_scope.cancel()


async def test_slots_are_given_in_the_order_in_which_they_were_asked_for() -> None:
    async with holding(Slots(2), "a", "b", "c", "d") as (held, _):
        assert held.inside == ["a", "b"]
        await held.leave("b")
        assert held.inside == ["a", "c"]
        await held.leave("a", "c")
        assert held.inside == ["d"]


async def test_a_refusal_halves_the_slots_and_one_wave_counts_once() -> None:
    slots = Slots(8)
    slots.throttled()
    slots.throttled()
    assert slots.at_once == 4


async def test_slots_grow_again_up_to_the_most_and_never_below_one() -> None:
    slots = Slots(2)
    slots.throttled()
    assert slots.at_once == 1
    for _ in range(5):
        slots.eased()
    assert slots.at_once == 2
    single = Slots(1)
    single.throttled()
    assert single.at_once == 1


async def test_nobody_is_let_in_while_more_are_in_than_may_be() -> None:
    slots = Slots(4)
    async with holding(slots, "a", "b", "c", "d", "e") as (held, _):
        slots.throttled()
        slots.eased()
        await held.leave("a")
        assert held.inside == ["b", "c", "d"]
        await held.leave("b")
        assert held.inside == ["c", "d", "e"]


async def test_one_too_many_waits_first_in_line() -> None:
    slots = Slots(2)
    held = Held(slots)
    with anyio.fail_after(5):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(held.settle, "refused")
            await anyio.wait_all_tasks_blocked()
            tasks.start_soon(held.hold, "a")
            tasks.start_soon(held.hold, "b")
            await anyio.wait_all_tasks_blocked()
            assert held.inside == ["refused", "a"]
            slots.throttled()
            await held.leave("refused")
            assert held.inside == ["a"]
            await held.leave("a")
            assert held.inside[0] == "refused"
            await held.leave("b")


async def test_one_who_is_cancelled_while_admitted_passes_the_slot_on() -> None:
    slots = Slots(1)
    async with holding(slots, "a") as (held, tasks):
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


@pytest.mark.parametrize(
    ("code", "status", "asked", "attempt", "pause"),
    [
        ("rate_limited", 429, None, 0, 1),
        ("rate_limited", 429, None, 3, 8),
        ("rate_limited", 429, None, 9, 30),
        ("rate_limited", 429, 7, 0, 7),
        ("rate_limited", 429, 0, 0, 0.1),
        ("rate_limited", 429, 0, 9, 5),
        ("service_unavailable", 503, 2, 0, 2),
        ("service_unavailable", 503, None, 0, None),
        ("service_unavailable", 502, 2, 0, None),
        ("connection_failed", None, None, 0, None),
    ],
)
def test_only_what_was_surely_not_taken_is_sent_again(
    code: ErrorCode, status: int | None, asked: float | None, attempt: int, pause: float | None
) -> None:
    refusal = FoundryError(code, "No.", status=status, retry_after=asked)
    assert pause_before_again(refusal, attempt) == pause
