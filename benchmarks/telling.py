"""Figure 15: what it costs to tell of calls and runs, or to be able to."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from benchmarks.measuring import Figure, extra_figure, interleaved, ratio_figure
from benchmarks.processes import LineProcess
from benchmarks.projects import RESPONSES, EmulatedProject
from benchmarks.secured import SecuredProject
from benchmarks.servers import ours

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

_QUESTIONS = 100
_OFF = "the same with telemetry off"


def told_calls(rounds: int) -> Iterator[Figure]:
    """Measure what is added to a call, where it is told and where it is not."""
    with (
        _collector() as told,
        LineProcess("-m", "benchmarks.told_calls") as off,
        LineProcess("-m", "benchmarks.told_calls", **told) as on,
    ):
        samples = interleaved(rounds * 3, lambda: _taken(off), lambda: _taken(on))  # they are short
    pairs = [(told, plain) for (plain, told), _ in samples]
    what = "a call's telemetry that is off, processor time"
    yield extra_figure(15, what, "the MCP SDK's own part of it", pairs, "µs", 20)
    pairs = [(on, off) for (_, off), (_, on) in samples]
    what = "a call's telemetry that is on, beside the exporter's thread"
    yield extra_figure(15, what, _OFF, pairs, "µs", 150)


def _taken(process: LineProcess) -> tuple[float, float]:
    process.write(b"\n")
    plain, told = map(float, process.line().strip(b"[]").split(b","))
    return plain, told


def told_starts(rounds: int) -> Iterator[Figure]:
    """Measure the start, and the memory after some questions."""
    with _collector() as told, EmulatedProject() as project:
        samples = interleaved(
            rounds * 3,  # their bar is near what a start varies by
            lambda: _listed(project.endpoint),
            lambda: _listed(project.endpoint, **told),
        )
        pairs = [(on, off) for off, on in samples]
        yield ratio_figure(15, "start to `tools/list` with telemetry on", _OFF, pairs, 1.03)
        # As each project of Azure is, whose credential loads what the exporter sends with.
        with SecuredProject(project.endpoint) as secured:
            with_credential = secured.environment
            memory = interleaved(
                max(rounds // 4, 1),  # it varies little
                lambda: _memory(secured.endpoint, **with_credential),
                lambda: _memory(secured.endpoint, **with_credential, **told),
            )
        pairs = [(on, off) for off, on in memory]
        what = f"memory after {_QUESTIONS} questions, signed in, with telemetry on"
        yield extra_figure(15, what, _OFF, pairs, "MB", 10)


def _listed(endpoint: str, **environment: str) -> float:
    with ours(endpoint, **environment) as server:
        server.request("tools/list")
        return server.age()


def _memory(endpoint: str, **environment: str) -> float:
    with ours(endpoint, **environment) as server:
        for _ in range(_QUESTIONS):
            server.call("ask_agent", message="Hello", agent=RESPONSES)
        return server.memory()


@contextmanager
def _collector() -> Generator[dict[str, str]]:
    """Yield the variables that name a collector, which keeps nothing."""
    with LineProcess("-m", "benchmarks.collector") as process:
        yield {"OTEL_EXPORTER_OTLP_ENDPOINT": process.line().decode()}
