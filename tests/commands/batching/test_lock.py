"""The file beside the answers: one process at a time, and what is under way."""

from __future__ import annotations

import os
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from mcp_foundry.commands.arguments import UsageError
from mcp_foundry.commands.batching.lock import Lock, UnderWay

if TYPE_CHECKING:
    from pathlib import Path


def under_way(identifier: str) -> UnderWay:
    return UnderWay(identifier, "helper", "", "mark", 1.5, "resp_1")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "out.jsonl.lock"


def test_a_second_one_is_refused_and_told_by_whom(path: Path) -> None:
    with (
        closing(Lock(path, 2)),
        pytest.raises(UsageError, match=f"out.jsonl is being written by process {os.getpid()}"),
    ):
        Lock(path, 2)
    assert not path.exists()
    Lock(path, 2).close()


def test_what_was_under_way_is_found_until_it_is_settled(path: Path) -> None:
    first = Lock(path, 2)
    first.put(10, under_way("a"))
    first.put(11, under_way("b"))
    first.clear(10)
    first.close()
    size = path.stat().st_size
    for _ in range(3):
        again = Lock(path, 2)
        assert list(again.left.values()) == [under_way("b")]
        again.put(0, under_way("c"))
        again.clear(0)
        again.close()
    assert path.stat().st_size <= 2 * size
    last = Lock(path, 2)
    last.free(next(iter(last.left)))
    last.close()
    assert not path.exists()


def test_what_may_be_at_the_service_is_left_to_a_later_run_while_there_is_room(path: Path) -> None:
    lock = Lock(path, 2)
    for place in range(5):
        lock.put(place, under_way(f"{place}"))
        lock.clear(place, keep=True)
    lock.close()
    with closing(Lock(path, 2)) as later:
        assert {left.id for left in later.left.values()} == {"0", "1"}


def test_what_is_no_slot_is_none(path: Path) -> None:
    path.write_bytes(b"\xff{" * 2000)
    with closing(Lock(path, 1)) as lock:
        assert lock.left == {}
