"""Microsoft's own samples, unmodified, against the emulator as a newcomer starts it."""

from __future__ import annotations

import re
from fnmatch import fnmatch
from typing import TYPE_CHECKING

import pytest

from tests.samples.evidence import missing
from tests.samples.rows import AGENTS, ENVIRONMENT, PROJECTS, Fails, Passes
from tests.samples.running import LONGEST_RUN, Served, run
from tests.samples.sources import names_in
from tests.samples.table import BESIDE, LEFT_OUT, SAMPLES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.samples.rows import Row

pytestmark = [pytest.mark.samples, pytest.mark.timeout(LONGEST_RUN + 60)]

PROMISED = 110
# Those that wait come first: the others run meanwhile.
ROWS = sorted(
    ((name, path) for table in (SAMPLES, BESIDE) for name, rows in table.items() for path in rows),
    key=lambda row: "memory_search" not in row[1],
)


def row_of(distribution: str, path: str) -> Row:
    return {**SAMPLES[distribution], **BESIDE[distribution]}[path]


@pytest.mark.parametrize(("distribution", "path"), ROWS)
def test_a_sample_ends_as_the_table_says(
    distribution: str, path: str, folders: dict[str, Path], served: Served, tmp_path: Path
) -> None:
    row = row_of(distribution, path)
    sample = folders[distribution] / path
    for name, text in row.files.items():
        (folders[distribution] / name).write_text(text, encoding="utf-8")
    since = served.forget()

    ended = run(sample, {**served.variables, **ENVIRONMENT}, row.typed, tmp_path)

    log, refused = served.books(since)
    transcript = f"{ended.transcript}\n[log]\n{log}"
    told = f"{transcript[-6000:]}\n{ended.errors[-3000:]}"
    source = sample.read_text(encoding="utf-8")
    lacks = missing(source, transcript, row.shows if isinstance(row, Passes) else "")
    if isinstance(row, Fails):
        assert ended.code or lacks, f"it passes: say so in the table\n{told}"
        assert re.search(row.error, ended.errors + transcript), told
    else:
        assert (ended.code, lacks, refused) == (0, [], []), told


@pytest.mark.parametrize("distribution", [PROJECTS, AGENTS])
def test_every_sample_of_a_release_is_in_the_table(
    distribution: str, released: dict[str, Path]
) -> None:
    known = {*SAMPLES[distribution], *BESIDE[distribution]}
    found = names_in(released[distribution])
    patterns = LEFT_OUT[distribution]

    assert known <= found, "gone from the release: take them out of the table"
    left = {each for each in found if any(fnmatch(each, pattern) for pattern in patterns)}
    assert found - known - left == set(), "new in the release: put them into the table"
    assert known & left == set()
    assert {p for p in patterns if not any(fnmatch(each, p) for each in found)} == set()


def test_as_many_pass_as_were_promised() -> None:
    rows = [row for table in SAMPLES.values() for row in table.values()]
    assert sum(isinstance(row, Passes) for row in rows) >= PROMISED
    assert all(row.why for row in rows if isinstance(row, Fails))
