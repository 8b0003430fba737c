"""Figures 6 and 7: what a stream costs the server, and how long it keeps the event loop."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urljoin
from urllib.request import Request, urlopen

from benchmarks.measuring import Figure, interleaved, ratio_figure, spread
from benchmarks.projects import GENERATIONS, RESPONSES, EmulatedProject, RawClient
from benchmarks.servers import McpServer, ours

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONG = "[long 2000]"
_BLOCK = 50


class Taken(NamedTuple):
    """What a stream took of the server: seconds of processor time, and its longest block in ms."""

    seconds: float
    block: float


def processor_time(rounds: int) -> Iterator[Figure]:
    """Measure figure 6: the processor time that a stream at full speed costs."""
    for name, agent in GENERATIONS.items():
        samples = _processor_times(rounds, agent)
        against = "one raw request, `json.loads` of each event"
        for place, tool, bar in ((1, "stream_agent", 1.5), (2, "ask_agent", 1.0)):
            pairs = [(sample[place], sample[0]) for sample in samples]
            what = f"{tool}, {name}, processor time of 2,000 tokens"
            yield ratio_figure(6, what, against, pairs, bar)


def _processor_times(rounds: int, agent: str) -> list[tuple[float, ...]]:
    with EmulatedProject() as project, RawClient() as raw, ours(project.endpoint) as server:
        request = project.question(_LONG, agent)

        def raw_request() -> float:
            begun = raw.processor()
            raw.ask(request, parse=True)
            return raw.processor() - begun

        def called(tool: str) -> float:
            begun = server.processor()
            server.call(tool, message=_LONG, agent=agent)
            return server.processor() - begun

        return interleaved(
            rounds, raw_request, lambda: called("stream_agent"), lambda: called("ask_agent")
        )


def large_streams(rounds: int) -> Iterator[Figure]:
    """Measure figure 7: one huge event, and very many."""
    with (
        EmulatedProject() as project,
        McpServer(
            "-m", "benchmarks.ticking_server", FOUNDRY_PROJECT_ENDPOINT=project.endpoint
        ) as server,
    ):
        huge = interleaved(
            rounds,
            lambda: _taken(project, server, event_bytes=1_000_000),
            lambda: _taken(project, server, event_bytes=4_000_000),
        )
        many = interleaved(
            rounds,
            lambda: _taken(project, server, tokens=12_500),
            lambda: _taken(project, server, tokens=50_000),
        )
    for what, part, samples in (
        ("one event of 4 MB", "one of 1 MB, times 4", huge),
        ("50,000 events", "12,500, times 4", many),
    ):
        pairs = [(whole.seconds, quarter.seconds * 4) for quarter, whole in samples]
        # 1 is linear and 4 quadratic; what does not fit the processor's caches costs a little more.
        yield ratio_figure(7, f"stream_agent, {what}, processor time", part, pairs, 1.5)
        blocks = spread([whole.block for _, whole in samples])
        ratio = spread([whole.block / _BLOCK for _, whole in samples])
        block = f"stream_agent, {what}, longest block of the loop"
        yield Figure(7, block, f"{_BLOCK} ms", ratio, blocks, "ms", _BLOCK, rounds)


def _taken(
    project: EmulatedProject, server: McpServer, *, event_bytes: int = 0, tokens: int = 30
) -> Taken:
    if event_bytes:
        fault = json.dumps({"on": "run", "times": 1, "big_event": event_bytes}).encode()
        url = urljoin(project.endpoint, "/_emulator/faults")
        headers = {"Content-Type": "application/json"}
        urlopen(Request(url, fault, headers)).close()  # noqa: S310 - a loopback URL of ours
    begun = server.processor()
    server.call("stream_agent", message=f"[long {tokens}]", agent=RESPONSES)
    seconds = server.processor() - begun
    return Taken(seconds, float(server.call("longest_block").result["content"][0]["text"]))
