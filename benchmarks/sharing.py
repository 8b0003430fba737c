"""Figure 16: many people at one server over HTTP, each verified, each apart from the others."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.calling import Callers
from benchmarks.issuing import IssuerProcess
from benchmarks.measuring import Figure, extra_figure, interleaved, ratio_figure
from benchmarks.projects import RESPONSES, EmulatedProject, RawClient
from benchmarks.shared_service import HOST, SharedService, variables
from benchmarks.verified import Verifier

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from benchmarks.processes import LineProcess

_CALLS, _SECONDS = 1000, 2.0
"""How many calls wait at once, and how long each takes."""
_AT_ONCE = {"MCP_FOUNDRY_CONCURRENCY": str(_CALLS)}
_CALLERS = 100
"""Of how many people these are."""
_PEOPLE = 10_000
_ASK = {"message": "Hello", "agent": RESPONSES}
_QUESTION, _BATCH = 0.5, 1000
"""Seconds that a question takes beside a batch, and how many questions the batch has."""


class Lot(NamedTuple):
    """What a call of a lot took: milliseconds of processor time, and KiB while all waited."""

    milliseconds: float
    kibibytes: float


def over_http(rounds: int) -> Iterator[Figure]:
    """Measure one call beside the raw request that it is."""
    question = "[long 30]"
    with (
        IssuerProcess() as issuer,
        EmulatedProject(latency=0.06, first_token=0.8, tokens_per_second=100) as project,
        RawClient() as raw,
        SharedService(project.endpoint, issuer) as service,
        Callers(service.url, HOST) as callers,
    ):
        tokens, request = issuer.tokens(1), project.question(question, RESPONSES)
        samples = interleaved(
            rounds,
            lambda: raw.ask(request).seconds,
            lambda: callers.call("ask_agent", tokens, message=question, agent=RESPONSES)[0],
        )
    what = "ask_agent over HTTP, 2026-07-28, verified, network 60 ms, 30 tokens"
    pairs = [(called, alone) for alone, called in samples]
    yield ratio_figure(16, what, "one raw streamed request", pairs, 1.02)


def waiting_calls(rounds: int) -> Iterator[Figure]:
    """Measure many slow calls at once, on one core."""
    with IssuerProcess() as issuer, EmulatedProject(first_token=_SECONDS) as project:
        tokens = issuer.tokens(_CALLERS)
        lots = interleaved(max(rounds // 5, 1), lambda: _lot(issuer, project, tokens))
    what = f"processor time of a call over HTTP, verified, {_CALLS:,} of {_SECONDS:g} s at once"
    yield ratio_figure(16, what, "1.8 ms", [(lot.milliseconds, 1.8) for (lot,) in lots], 1)
    what = "memory of one of these, while all wait"
    yield ratio_figure(16, what, "90 KiB", [(lot.kibibytes, 90) for (lot,) in lots], 1)


def _lot(issuer: IssuerProcess, project: EmulatedProject, tokens: list[str]) -> Lot:
    with (
        SharedService(project.endpoint, issuer, **_AT_ONCE) as service,
        Callers(service.url, HOST) as callers,
    ):
        # All are known, and what a call needs is imported.
        callers.call("ask_agent", tokens, at_once=len(tokens), **_ASK)
        service.stay_on_one_core()
        begun, memory = service.processor(), service.memory()
        with _most_memory(service) as most:
            callers.call("ask_agent", tokens * (_CALLS // _CALLERS), at_once=_CALLS, **_ASK)
        spent = service.processor() - begun
    return Lot(spent / _CALLS * 1e3, (most[0] - memory) * 1e6 / 1024 / _CALLS)


@contextmanager
def _most_memory(process: LineProcess) -> Generator[list[float]]:
    """Watch a process; the one item is the most MB that it had so far."""
    most, ended = [process.memory()], threading.Event()

    def watch() -> None:
        while not ended.wait(0.05):
            most[0] = max(most[0], process.memory())

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield most
    finally:
        ended.set()
        watching.join()


def verification(rounds: int) -> Iterator[Figure]:
    """Measure what is done for each call before it is one."""
    told, lot = "https://a.services.ai.azure.com/api/projects/b", count()
    with IssuerProcess() as issuer, Verifier(**variables(told, issuer)) as loop:
        samples = interleaved(
            rounds * 3,  # they are short
            lambda: loop.take(issuer.tokens(_CALLERS, next(lot) * _CALLERS)),
        )
    what = "a token's verification, processor time"
    yield ratio_figure(16, what, "0.1 ms", [(taken.first, 100) for (taken,) in samples], 1)
    # Which took 83 µs where the bar in milliseconds is from.
    pairs = [(taken.first, taken.plain) for (taken,) in samples]
    yield ratio_figure(16, what, "`jwt.decode` of PyJWT alone", pairs, 1.2)
    what = "the same when it comes again"
    yield ratio_figure(16, what, "0.1 ms", [(taken.again, 100) for (taken,) in samples], 1)
    what = "an id's binding, processor time"
    yield ratio_figure(16, what, "0.01 ms", [(taken.bound, 10) for (taken,) in samples], 1)
    what = "its opening"
    yield ratio_figure(16, what, "0.01 ms", [(taken.opened, 10) for (taken,) in samples], 1)


def fairness(rounds: int) -> Iterator[Figure]:
    """Measure a question beside another caller's batch."""
    requests = [{"message": f"Question {n}"} for n in range(_BATCH)]
    with (
        IssuerProcess() as issuer,
        EmulatedProject(first_token=_QUESTION) as project,
        SharedService(project.endpoint, issuer) as service,
        Callers(service.url, HOST) as many,
        Callers(service.url, HOST) as single,
    ):
        alice, bob = issuer.tokens(2)
        pairs: list[tuple[float, float]] = []
        for _ in range(max(rounds // 5, 1)):
            unloaded = median(single.call("ask_agent", [bob] * 3, message="Hello", agent=RESPONSES))
            many.begin("batch_ask", [alice], agent=RESPONSES, requests=requests)
            time.sleep(_QUESTION)
            loaded = single.call("ask_agent", [bob] * 5, message="Hello", agent=RESPONSES)
            many.end_all()
            pairs += [(seconds, unloaded) for seconds in loaded]
    what = f"a question of {_QUESTION:g} s, while another's batch of {_BATCH:,} is under way"
    yield ratio_figure(16, what, "the same alone", pairs, 2)


def people(_: int) -> Iterator[Figure]:
    """Measure what a call costs once very many have called."""
    with (
        IssuerProcess() as issuer,
        EmulatedProject() as project,
        SharedService(project.endpoint, issuer) as service,
        Callers(service.url, HOST) as callers,
    ):
        lots = [issuer.tokens(1000, first) for first in range(0, _PEOPLE, 1000)]
        taken: list[float] = []
        memory: list[float] = []
        for tokens in lots:
            begun = service.processor()
            callers.call("ask_agent", tokens, at_once=16, **_ASK)
            taken.append(service.processor() - begun)
            memory.append(service.memory())
        fetches, _ = issuer.asked()
    # The first thousand fill the caches, the next the memory that Python looks through seldom.
    what = f"a call of each of the last 1,000 of {_PEOPLE:,} people, processor time"
    yield ratio_figure(16, what, "of the second 1,000", [(taken[-1], taken[1])], 1.3)
    what = f"memory after {_PEOPLE:,} people"
    yield extra_figure(16, what, "after 5,000", [(memory[-1], memory[4])], "MB", 5)
    yield ratio_figure(16, "fetches of the issuer's keys meanwhile", "one", [(fetches, 1)], 1)


def exchanges(_: int) -> Iterator[Figure]:
    """Measure how often Entra is asked while the same people call again and again."""
    with (
        TemporaryDirectory() as folder,
        IssuerProcess() as issuer,
        EmulatedProject(https=Path(folder)) as project,
        SharedService(project.endpoint, issuer, **_in_their_names(folder, issuer)) as service,
        Callers(service.url, HOST) as callers,
    ):
        callers.call("ask_agent", issuer.tokens(_CALLERS) * 10, at_once=50, **_ASK)
        fetched, exchanged = issuer.asked()
    what = f"exchanges for {_CALLERS} people who call ten times, in their own names"
    yield ratio_figure(16, what, "one a person", [(exchanged, _CALLERS)], 1)
    yield ratio_figure(16, "fetches of the issuer's keys meanwhile", "one", [(fetched, 1)], 1)


def _in_their_names(folder: str, issuer: IssuerProcess) -> dict[str, str]:
    """Return what the server is told more, with a trust of both who speak TLS."""
    trusted = Path(folder, "trusted.pem")
    bundles = Path(issuer.ca), *Path(folder).rglob("bundle.pem")
    trusted.write_bytes(b"\n".join(each.read_bytes() for each in bundles))
    return {
        "MCP_FOUNDRY_IDENTITY": "user",
        "MCP_FOUNDRY_CLIENT_SECRET": "secret",
        "REQUESTS_CA_BUNDLE": str(trusted),
    }
