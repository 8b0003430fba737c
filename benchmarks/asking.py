"""Figures 3, 4 and 5: what a question takes, beside the raw request that it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.measuring import extra_figure, interleaved, ratio_figure
from benchmarks.projects import GENERATIONS, EmulatedProject, Lot, RawClient
from benchmarks.servers import Called, bare, ours

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.measuring import Figure

_QUESTION = "[long 30]"
_RAW = "one raw streamed request"


def questions(rounds: int) -> Iterator[Figure]:
    """Measure figures 3 and 5: with a network and a model as they are in life."""
    for name, agent in GENERATIONS.items():
        samples = _asked(rounds, agent)
        pairs = [(asked.seconds, raw.seconds) for raw, asked, _ in samples]
        yield ratio_figure(3, f"ask_agent, {name}, network 60 ms, 30 tokens", _RAW, pairs, 1.02)
        pairs = [(streamed.first * 1000, raw.first * 1000) for raw, _, streamed in samples]
        what = f"stream_agent, {name}, to the first token"
        yield extra_figure(5, what, f"first token of {_RAW}", pairs, "ms", 15)


def _asked(rounds: int, agent: str) -> list[tuple[Lot | Called, ...]]:
    with (
        EmulatedProject(latency=0.06, first_token=0.8, tokens_per_second=100) as project,
        RawClient() as raw,
        ours(project.endpoint) as server,
    ):
        request = project.question(_QUESTION, agent)
        return interleaved(
            rounds,
            lambda: raw.ask(request),
            lambda: server.call("ask_agent", message=_QUESTION, agent=agent),
            lambda: server.call("stream_agent", message=_QUESTION, agent=agent),
        )


def overhead(rounds: int) -> Iterator[Figure]:
    """Measure figure 4: what is added to a service that takes no time."""
    for name, agent in GENERATIONS.items():
        samples = _added(rounds * 5, agent)  # they are short
        pairs = [
            (asked.seconds * 1000, (raw.seconds + trivial.seconds) * 1000)
            for raw, trivial, asked in samples
        ]
        what = f"ask_agent, {name}, service at 0 ms"
        yield extra_figure(4, what, f"{_RAW} + a trivial tool call", pairs, "ms", 3)


def _added(rounds: int, agent: str) -> list[tuple[Lot | Called, ...]]:
    with (
        EmulatedProject() as project,
        RawClient() as raw,
        bare() as trivial,
        ours(project.endpoint) as server,
    ):
        request = project.question(_QUESTION, agent)
        return interleaved(
            rounds,
            lambda: raw.ask(request),
            lambda: trivial.call("echo", text=_QUESTION),
            lambda: server.call("ask_agent", message=_QUESTION, agent=agent),
        )
