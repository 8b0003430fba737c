"""Figures 8 and 9: many questions at once, and very many one after another."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.measuring import extra_figure, interleaved, ratio_figure
from benchmarks.projects import CLASSIC, RESPONSES, EmulatedProject, RawClient
from benchmarks.servers import McpServer, ours

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.measuring import Figure

QUESTIONS, AT_ONCE, SECONDS = 200, 50, 0.5
"""How many a batch has, how many of them are under way, and how long each takes."""
SETTINGS = {"MCP_FOUNDRY_CONCURRENCY": str(AT_ONCE), "MCP_FOUNDRY_MAX_WAIT": "0"}
"""What the server must be told for that."""
_MANY, _FIRST = 10_000, 1000


class Took(NamedTuple):
    """Seconds that a batch took, and its seconds of processor time."""

    seconds: float
    processor: float


def batch(rounds: int) -> Iterator[Figure]:
    """Measure batches whose questions go to both generations in turn."""
    # Half a second to the first token, then all at once; or tokens spread over it.
    for how, first_token, pace in (("at its end", 0.5, 0.0), ("token by token", 0.1, 70.0)):
        samples = _batches(rounds, first_token, pace)
        yield from _figures(how, samples)


def _figures(how: str, samples: list[tuple[Took, ...]]) -> Iterator[Figure]:
    what = f"batch_ask of {QUESTIONS}, {AT_ONCE} at once, {SECONDS:g} s each, {how}"
    ideal = QUESTIONS / AT_ONCE * SECONDS
    floor = median(raw.seconds / ideal for raw, _ in samples)
    pairs = [(asked.seconds, ideal) for _, asked in samples]
    against = f"{ideal:g} s, of which raw aiohttp takes {floor:.2f}"
    yield ratio_figure(8, what, against, pairs, 1.05)
    pairs = [(asked.processor, raw.processor) for raw, asked in samples]
    against = "raw aiohttp, the same streams"
    yield ratio_figure(8, "its processor time", against, pairs, 1.3)


def _batches(rounds: int, first_token: float, pace: float) -> list[tuple[Took, ...]]:
    asked = questions(QUESTIONS)
    with (
        EmulatedProject(first_token=first_token, tokens_per_second=pace) as project,
        RawClient() as raw,
        ours(project.endpoint, **SETTINGS) as server,
    ):
        requests = [project.question(each["message"], each["agent"]) for each in asked]

        def raw_lot() -> Took:
            begun = raw.processor()
            seconds = raw.ask(*requests, at_once=AT_ONCE).seconds
            return Took(seconds, raw.processor() - begun)

        return interleaved(rounds, raw_lot, lambda: ask_all(server, asked))


def growth(_: int) -> Iterator[Figure]:
    """Measure what of 10,000 questions is left in memory; the first thousand fill the caches."""
    asked = questions(QUESTIONS)
    with EmulatedProject() as project, ours(project.endpoint, **SETTINGS) as server:
        for _ in range(_FIRST // QUESTIONS):
            ask_all(server, asked)
        begun = server.memory()
        for _ in range((_MANY - _FIRST) // QUESTIONS):
            ask_all(server, asked)
        pairs = [(server.memory(), begun)]
    what = f"memory after {_MANY:,} questions"
    yield extra_figure(9, what, f"after {_FIRST:,}", pairs, "MB", 5)


def questions(count: int) -> list[dict[str, str]]:
    """Return so many questions, to both generations in turn."""
    agents = ((RESPONSES, CLASSIC)[place % 2] for place in range(count))
    return [{"message": f"Question {n}", "agent": agent} for n, agent in enumerate(agents)]


def ask_all(server: McpServer, requests: list[dict[str, str]]) -> Took:
    """Ask questions in one batch, each of which must be answered."""
    begun = server.processor()
    called = server.call("batch_ask", requests=requests)
    if called.result["structuredContent"]["completed"] != len(requests):
        raise AssertionError(called.result)
    return Took(called.seconds, server.processor() - begun)
