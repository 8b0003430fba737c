"""What is measured: by agent and outcome, and never by an id.

Five records a call are a third of what telemetry takes of one. They wait for the thread that tells
them, which asks for the runs under way before it looks at anything else. It is in no span, so that
no measure gets the id of a trace as its exemplar.
"""

from __future__ import annotations

import threading
from collections import Counter, deque
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from opentelemetry.metrics import Observation

from mcp_foundry.telemetry import names

if TYPE_CHECKING:
    from collections.abc import Callable

    from opentelemetry.metrics import CallbackOptions, Meter

    from mcp_foundry.telemetry.ending import Ending

# As the conventions advise for each.
_CALLS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300)
_RUNS = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92)
_TOKENS = tuple(4**power for power in range(14))
# What models make up as agents' names must not grow without end.
_MOST_AGENTS = 500
_OTHER = "_OTHER"
# What waits to be recorded, a minute of a busy server or half a megabyte.
_MOST_WAITING = 1000


class Measures:
    """The instruments of the process.

    Args:
        meter: Makes them.
    """

    def __init__(self, meter: Meter) -> None:
        self._calls = meter.create_histogram(
            names.CALL_SECONDS,
            "s",
            "How long an MCP request took.",
            explicit_bucket_boundaries_advisory=_CALLS,
        )
        self._runs = meter.create_histogram(
            names.RUN_SECONDS,
            "s",
            "How long an agent's run took, from being sent to its end.",
            explicit_bucket_boundaries_advisory=_RUNS,
        )
        self._first_token = meter.create_histogram(
            names.FIRST_TOKEN_SECONDS,
            "s",
            "How long an agent's first words took, from being asked.",
            explicit_bucket_boundaries_advisory=_RUNS,
        )
        self._tokens = meter.create_histogram(
            names.TOKENS,
            "{token}",
            "Tokens that a run was billed for.",
            explicit_bucket_boundaries_advisory=_TOKENS,
        )
        # Asked for when it is told: names that no agent has are gone by then, as a rule.
        meter.create_observable_up_down_counter(
            names.UNDER_WAY,
            [self._count_runs],
            "{run}",
            "Runs that were sent and are not at their end.",
        )
        self._agents: set[str] = set()
        self._under_way: Counter[str] = Counter()
        self._waiting: deque[Callable[[], None]] = deque()
        self._settling = threading.Lock()

    def begun(self, agent: str) -> None:
        """Count a run that was sent."""
        self._under_way[agent] += 1

    def ended(self, asked: str, agent: str, end: Ending) -> None:
        """Count a run that is at its end.

        Args:
            asked: The agent, as `begun` was told.
            agent: Who it was; empty where nobody is called so.
            end: How it ended.
        """
        attributes = {**self._of(agent), names.OUTCOME: end.outcome}
        if end.code:
            attributes[names.ERROR] = end.code
        self._put(partial(self._record, end, attributes))
        self._under_way[asked] -= 1
        # Zero is told of those that answer.
        if not self._under_way[asked] and asked not in self._agents:
            del self._under_way[asked]

    def _record(self, end: Ending, attributes: dict[str, str]) -> None:
        self._runs.record(end.seconds, attributes)
        if end.first:
            self._first_token.record(end.first, attributes)
        if usage := end.usage:
            told = {names.INPUT: usage.input_tokens, names.OUTPUT: usage.output_tokens}
            for kind, tokens in told.items():
                self._tokens.record(tokens, {**attributes, names.TOKEN_TYPE: kind})

    def _put(self, record: Callable[[], None]) -> None:
        self._waiting.append(record)
        if len(self._waiting) % _MOST_WAITING == 0:  # nobody asks, or not often enough
            threading.Thread(target=self._settle, name="measures", daemon=True).start()

    def _settle(self) -> None:
        # Whoever tells waits for who began to record before: nothing is to be missing.
        with self._settling, suppress(IndexError):
            while True:
                self._waiting.popleft()()

    def _count_runs(self, _options: CallbackOptions) -> list[Observation]:
        # In the exporter's thread; one that is copied whole cannot change meanwhile.
        self._settle()
        counts: Counter[str] = Counter()
        for agent, runs in self._under_way.copy().items():
            counts[self._counted(agent)] += runs
        return [Observation(runs, _known(agent)) for agent, runs in counts.items()]

    def called(self, seconds: float, attributes: dict[str, str]) -> None:
        """Count an MCP request that was answered."""
        self._put(partial(self._calls.record, seconds, attributes))

    def _of(self, agent: str) -> dict[str, str]:
        if agent and len(self._agents) < _MOST_AGENTS:
            self._agents.add(agent)
        return _known(self._counted(agent))

    def _counted(self, agent: str) -> str:
        full = len(self._agents) >= _MOST_AGENTS and agent not in self._agents
        return _OTHER if agent and full else agent


def _known(agent: str) -> dict[str, str]:
    known = {names.OPERATION: names.INVOKE_AGENT, names.PROVIDER: names.FOUNDRY}
    return {**known, names.AGENT_NAME: agent} if agent else known
