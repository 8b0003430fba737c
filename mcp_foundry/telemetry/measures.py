"""What is measured: by agent and outcome, and never by an id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opentelemetry import metrics

from mcp_foundry import __version__
from mcp_foundry.telemetry import names

if TYPE_CHECKING:
    from mcp_foundry.contract.answers import Usage

# As the conventions advise for each.
_CALLS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300)
_RUNS = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92)
_TOKENS = tuple(4**power for power in range(14))
# What models make up as agents' names must not grow without end.
_MOST_AGENTS = 500
_OTHER = "_OTHER"


class Measures:
    """The instruments of the process, on whatever provider there is when they are made."""

    def __init__(self) -> None:
        meter = metrics.get_meter(names.TRACER, __version__)
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
        self._under_way = meter.create_up_down_counter(
            names.UNDER_WAY, "{run}", "Runs that were sent and are not at their end."
        )
        self._agents: set[str] = set()

    def begun(self, agent: str) -> None:
        """Count a run that was sent."""
        self._under_way.add(1, self._of(agent))

    def ended(  # noqa: PLR0913, PLR0917 - what a run is measured by
        self,
        asked: str,
        agent: str,
        outcome: str,
        code: str,
        seconds: float,
        first: float,
        usage: Usage | None,
    ) -> None:
        """Count a run that is at its end.

        Args:
            asked: The agent, as `begun` was told.
            agent: Who it was; empty where nobody is called so.
            outcome: How it ended.
            code: Why it failed; empty where it did not.
            seconds: From being sent to its end.
            first: Seconds to its first words; 0 where there were none.
            usage: What it was billed for, where that was told.
        """
        self._under_way.add(-1, self._of(asked))
        attributes = {**self._of(agent), names.OUTCOME: outcome}
        if code:
            attributes[names.ERROR] = code
        self._runs.record(seconds, attributes)
        if first:
            self._first_token.record(first, attributes)
        if usage:
            self._tokens.record(usage.input_tokens, {**attributes, names.TOKEN_TYPE: "input"})
            self._tokens.record(usage.output_tokens, {**attributes, names.TOKEN_TYPE: "output"})

    def called(self, seconds: float, attributes: dict[str, str]) -> None:
        """Count an MCP request that was answered."""
        self._calls.record(seconds, attributes)

    def _of(self, agent: str) -> dict[str, str]:
        known = {names.OPERATION: names.INVOKE_AGENT, names.PROVIDER: names.FOUNDRY}
        if not agent:
            return known
        if len(self._agents) < _MOST_AGENTS:
            self._agents.add(agent)
        return {**known, names.AGENT_NAME: agent if agent in self._agents else _OTHER}


def measures() -> Measures | None:
    """Return the instruments, where somebody reads them."""
    nobody = isinstance(metrics.get_meter_provider(), metrics.NoOpMeterProvider)
    proxy = type(metrics.get_meter_provider()).__name__ == "_ProxyMeterProvider"
    return None if nobody or proxy else Measures()
