"""What a person is told while a batch runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_foundry.commands.batching.bar import Bar
from mcp_foundry.commands.batching.counts import Counts
from mcp_foundry.contract.answers import Answer, Error, Usage

if TYPE_CHECKING:
    import pytest

COMPLETED = Answer(status="completed", usage=Usage(total_tokens=600))
FAILED = Answer(status="failed", error=Error(code="timeout", message="x"))


def counted(begun: float, total: int = 0, before: int = 0) -> Counts:
    counts = Counts(total, before, clock=iter([begun, 100.0]).__next__)
    for answer in [*[COMPLETED] * 8, FAILED, Answer(status="incomplete")]:
        counts.add(answer)
    return counts


def test_it_is_told_how_far_it_is_how_fast_and_how_long_it_takes() -> None:
    told = counted(95, total=1000, before=490).progress()
    assert told == "500/1,000 · 1 failed · 2.0/s · 4,800 tokens · 4:10 left"
    assert counted(40).progress() == "10 · 1 failed · 10/min · 4,800 tokens"
    assert counted(40, total=1210).progress().endswith(" · 2:00:00 left")
    assert counted(0, total=10).progress().startswith("10/10 · 1 failed · 6/min")


def test_the_end_says_what_has_become_of_all() -> None:
    told = counted(0, before=2).result()
    assert told == "10 completed (2 of them before) · 1 failed (1 timeout) · 1 other · 4,800 tokens"


def test_of_very_many_rows_that_fail_the_first_are_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    bar = Bar(counted(95, total=20), shown=True)
    bar.draw()
    for row in range(1, 1000):
        bar.complain(f"row {row}: x")
    bar.close()
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "10/20 · 1 failed · 2.0/s · 4,800 tokens · 0:05 left"
    assert lines[100] == "mcp-foundry: row 100: x"
    assert lines[101:] == ["mcp-foundry: More rows fail; their lines in the output say why."]
