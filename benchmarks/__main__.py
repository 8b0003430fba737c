"""`python -m benchmarks`: measure, print the table, and put it into its page if asked to."""

from __future__ import annotations

import argparse
import sys
import time
from typing import TYPE_CHECKING

from benchmarks.asking import overhead, questions
from benchmarks.batches import batch, growth
from benchmarks.emulating import (
    cheapest_requests,
    emulator_growth,
    emulator_starts,
    search,
    written_down,
)
from benchmarks.files import files_of_an_answer, pictures_in, pictures_out
from benchmarks.sharing import (
    exchanges,
    fairness,
    over_http,
    people,
    verification,
    waiting_calls,
)
from benchmarks.shell import shell_asks, shell_batches, shell_help, shell_memory
from benchmarks.starting import starts
from benchmarks.streams import large_streams, processor_time
from benchmarks.table import as_text, write_readme
from benchmarks.telling import told_calls, told_starts
from benchmarks.tool_list import tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.measuring import Figure

_ROUNDS = 20
_MEASURES: dict[Callable[[int], Iterator[Figure]], frozenset[int]] = {
    starts: frozenset({1, 2, 9}),
    questions: frozenset({3, 5}),
    overhead: frozenset({4}),
    processor_time: frozenset({6}),
    large_streams: frozenset({7}),
    batch: frozenset({8}),
    growth: frozenset({9}),
    tokens: frozenset({10}),
    pictures_out: frozenset({11}),
    files_of_an_answer: frozenset({11}),
    pictures_in: frozenset({12}),
    emulator_starts: frozenset({13}),
    cheapest_requests: frozenset({13}),
    search: frozenset({13}),
    written_down: frozenset({13}),
    emulator_growth: frozenset({13}),
    shell_help: frozenset({14}),
    shell_asks: frozenset({14}),
    shell_batches: frozenset({14}),
    shell_memory: frozenset({14}),
    told_calls: frozenset({15}),
    told_starts: frozenset({15}),
    over_http: frozenset({16}),
    waiting_calls: frozenset({16}),
    verification: frozenset({16}),
    fairness: frozenset({16}),
    people: frozenset({16}),
    exchanges: frozenset({16}),
}


def main() -> int:
    """Measure what the arguments name; return 1 where a bar is missed."""
    parser = argparse.ArgumentParser("python -m benchmarks", description=__doc__)
    parser.add_argument(
        "figures", metavar="FIGURE", nargs="*", type=int, help="1 to 16; default all"
    )
    parser.add_argument(
        "--rounds", type=int, default=_ROUNDS, help=f"samples of each; default {_ROUNDS}"
    )
    parser.add_argument(
        "--write", action="store_true", help="put the table into benchmarks/README.md"
    )
    options = parser.parse_args()
    wanted = set(options.figures or range(1, 17))
    if options.write and (options.figures or options.rounds < _ROUNDS):
        parser.error(f"--write takes all figures and at least {_ROUNDS} rounds")
    begun = time.monotonic()
    figures: list[Figure] = []
    for measure, numbers in _MEASURES.items():
        if numbers & wanted:
            for figure in measure(options.rounds):
                if figure.number in wanted:
                    figures.append(figure)
                    sys.stderr.write(f"{as_text([figure])}\n")
    figures.sort(key=lambda figure: figure.number)
    sys.stdout.write(f"{as_text(figures)}\n{time.monotonic() - begun:.0f} s\n")
    if options.write:
        write_readme(figures)
    return int(not all(figure.reached for figure in figures))


if __name__ == "__main__":
    sys.exit(main())
