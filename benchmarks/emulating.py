"""Figure 13: what the emulator takes to start, to answer, to search, and to write down."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from benchmarks.connections import Connections
from benchmarks.measuring import Figure, extra_figure, interleaved, ratio_figure, spread
from benchmarks.processes import LineProcess
from benchmarks.projects import GENERATIONS, EmulatedProject, RawClient
from benchmarks.searched import DOCUMENTS, QUESTIONS, fill

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHEAPEST = "/openai/v1/models/scripted-model"
_REQUESTS, _CONNECTIONS = 1000, 8
_SEARCH = 50
# So many runs are one sample.
_RUNS = 50
_MANY, _FIRST, _AT_ONCE = 10_000, 2000, 10


def emulator_starts(rounds: int) -> Iterator[Figure]:
    """Measure a start, to the line that says where the project is."""
    samples = interleaved(rounds, lambda: _started("benchmarks.bare_project"), _emulator_started)
    pairs = [(ours, bare) for bare, ours in samples]
    # 1.1 times the ratio that it had before it served files, tools and a state on disk, 1.23.
    what = "start of the emulator to its endpoint"
    yield ratio_figure(13, what, "an empty aiohttp server's start", pairs, 1.35)


def _emulator_started() -> float:
    return _started("mcp_foundry", "emulator")


def _started(*words: str) -> float:
    with LineProcess("-m", *words) as process:
        process.line()
        return process.age()


def cheapest_requests(rounds: int) -> Iterator[Figure]:
    """Measure how long a thousand requests take the emulator, which uses one core."""
    with EmulatedProject() as project, Connections(project.endpoint, _CONNECTIONS) as connections:
        request = connections.request("GET", _CHEAPEST)
        samples = interleaved(rounds, lambda: connections.ask_often(request, _REQUESTS))
    client = connections.spent / (rounds + 1)
    what = f"{_REQUESTS:,} requests of the cheapest kind, {_CONNECTIONS} connections"
    against = f"1 s, of which the client takes {client:.2f}"
    yield ratio_figure(13, what, against, [(seconds, 1.0) for (seconds,) in samples], 1.0)


def search(rounds: int) -> Iterator[Figure]:
    """Measure a search over very many files: the slowest of some questions."""
    with TemporaryDirectory() as folder:
        for where, data in (("memory", None), ("--data", Path(folder, "foundry.db"))):
            taken = _searched(rounds, data)
            ratio = spread([milliseconds / _SEARCH for milliseconds in taken])
            what = (
                f"file search over {DOCUMENTS:,} documents in {where}, "
                f"the slowest of {len(QUESTIONS)} questions"
            )
            yield Figure(13, what, f"{_SEARCH} ms", ratio, spread(taken), "ms", _SEARCH, rounds)


def _searched(rounds: int, data: Path | None) -> list[float]:
    with EmulatedProject(data=data) as project, Connections(project.endpoint) as connections:
        place = fill(connections)
        asked = [
            connections.request("POST", place, json.dumps({"query": question}).encode())
            for question in QUESTIONS
        ]
        samples = interleaved(
            rounds, lambda: max(connections.ask_often(each, 1) * 1000 for each in asked)
        )
    return [milliseconds for (milliseconds,) in samples]


def written_down(rounds: int) -> Iterator[Figure]:
    """Measure what a run costs more where it is written down."""
    for name, agent in GENERATIONS.items():
        pairs = [(data * 1000 / _RUNS, none * 1000 / _RUNS) for none, data in _runs(rounds, agent)]
        what = f"a run with --data, {name}"
        yield extra_figure(13, what, "one without", pairs, "ms", 2)


def _runs(rounds: int, agent: str) -> list[tuple[float, ...]]:
    with (
        TemporaryDirectory() as folder,
        EmulatedProject() as without,
        EmulatedProject(data=Path(folder, "foundry.db")) as written,
        RawClient() as raw,
    ):
        return interleaved(
            rounds,
            lambda: raw.ask(*[without.question("Hello", agent)] * _RUNS).seconds,
            lambda: raw.ask(*[written.question("Hello", agent)] * _RUNS).seconds,
        )


def emulator_growth(_: int) -> Iterator[Figure]:
    """Measure what of 10,000 runs is left in memory where they are on disk."""
    with (
        TemporaryDirectory() as folder,
        EmulatedProject(data=Path(folder, "foundry.db")) as project,
        RawClient() as raw,
    ):
        # Both generations in turn: one after the other would fill what each keeps too late.
        questions = [project.question("Hello", agent) for agent in GENERATIONS.values()] * 100
        for _ in range(_FIRST // len(questions)):
            raw.ask(*questions, at_once=_AT_ONCE)
        begun = project.memory()
        for _ in range((_MANY - _FIRST) // len(questions)):
            raw.ask(*questions, at_once=_AT_ONCE)
        pairs = [(project.memory(), begun)]
    what = f"the emulator's memory after {_MANY:,} runs with --data"
    # A run is 4 KB on disk. Less than 1 KB for each is none of it: it is what SQLite and malloc
    # keep for the next, which ends at about 4,000.
    yield extra_figure(13, what, f"after {_FIRST:,}", pairs, "MB", 8)
