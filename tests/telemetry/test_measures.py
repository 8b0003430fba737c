"""What is measured of runs: by agent and outcome, and by nothing that has no end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from mcp_foundry.contract.answers import Usage
from mcp_foundry.emulator import Emulator
from mcp_foundry.telemetry.ending import Ending
from mcp_foundry.telemetry.measures import Measures
from tests.rigs.held_model import HOLD, held_project
from tests.rigs.telling import telling

if TYPE_CHECKING:
    from tests.rigs.collector import Point

DURATION = "gen_ai.client.operation.duration"
FIRST = "gen_ai.client.operation.time_to_first_chunk"
TOKENS = "gen_ai.client.token.usage"
UNDER_WAY = "mcp_foundry.runs.under_way"
AGENT, OUTCOME = "gen_ai.agent.name", "mcp_foundry.outcome"
ALLOWED = {
    "gen_ai.operation.name",
    "gen_ai.provider.name",
    "gen_ai.token.type",
    "error.type",
    AGENT,
    OUTCOME,
}
WELL = Ending("completed", "", 1.0, 0.5, Usage(input_tokens=1, output_tokens=2, total_tokens=3))


def counts(points: list[Point], name: str) -> dict[tuple[str, str], int]:
    return {
        (point.attributes.get(AGENT, ""), point.attributes[OUTCOME]): point.count
        for point in points
        if point.name == name
    }


@pytest.mark.anyio
async def test_runs_are_counted_by_agent_and_outcome_and_their_tokens_by_kind() -> None:
    async with Emulator() as emulator, telling(emulator.endpoint) as server:
        answers = [
            await server.call("ask_agent", message=message, agent=agent)
            for message, agent in (
                ("[say one]", "helper"),
                ("[say two]", "helper:1"),
                ("Hello", "asst_helper"),
                ("[fail server_error No]", "helper"),
                ("Hello", "nobody"),
            )
        ]
    points = server.told.points
    assert counts(points, DURATION) == {
        ("helper", "completed"): 2,
        ("helper", "failed"): 1,
        ("asst_helper", "completed"): 1,
        ("", "failed"): 1,
    }
    assert counts(points, FIRST) == {
        ("helper", "completed"): 2,
        ("asst_helper", "completed"): 1,
    }
    billed = [called.result["usage"] for called in answers[:3]]
    for kind in ("input", "output"):
        told = [p for p in points if p.name == TOKENS and p.attributes["gen_ai.token.type"] == kind]
        assert sum(p.value for p in told) == sum(each[f"{kind}_tokens"] for each in billed)
    runs = [point for point in points if point.name in {DURATION, FIRST, TOKENS, UNDER_WAY}]
    assert {name for point in runs for name in point.attributes} <= ALLOWED
    under_way = {p.attributes.get(AGENT): p.value for p in points if p.name == UNDER_WAY}
    assert under_way == {"helper": 0, "asst_helper": 0}


@pytest.mark.anyio
async def test_a_run_that_has_not_ended_is_told_as_under_way() -> None:
    async with (
        held_project() as (emulator, _),
        telling(
            emulator.endpoint, "--max-wait", "0.3", OTEL_METRIC_EXPORT_INTERVAL="100"
        ) as server,
    ):
        await server.call("ask_agent", message=HOLD, agent="helper")
        told = server.told

        def there() -> bool:
            return any(point.name == UNDER_WAY and point.value for point in told.points)

        await told.wait_for(there)
        newest = [point for point in told.points if point.name == UNDER_WAY][-1]
        assert (newest.value, newest.attributes[AGENT]) == (1, "helper")


def test_agents_without_end_are_measured_as_one_and_those_that_are_not_there_as_none() -> None:
    reader = InMemoryMetricReader()
    measures = Measures(MeterProvider([reader]).get_meter("test"))
    for number in range(10_000):
        measures.begun(f"made-up-{number}")
        measures.ended(f"made-up-{number}", "", Ending("failed", "agent_not_found", 1.0, 0, None))
    for number in range(600):
        measures.begun(f"agent-{number}")
        measures.ended(f"agent-{number}", f"agent-{number}", WELL)
    measures.begun("agent-599")
    found = points_of(reader)
    assert {len(each) for each in found.values()} == {501, 502, 1002}
    for name in (DURATION, UNDER_WAY):
        assert found[name]["_OTHER"] == (100 if name == DURATION else 1)


def points_of(reader: InMemoryMetricReader) -> dict[str, dict[str, Any]]:
    data = reader.get_metrics_data()
    assert data is not None
    found: dict[str, dict[str, Any]] = {}
    for metric in data.resource_metrics[0].scope_metrics[0].metrics:
        for point in metric.data.data_points:
            told = dict(point.attributes or {})
            key = f"{told.get(AGENT, '')}{told.get('gen_ai.token.type', '')}"
            found.setdefault(metric.name, {})[key] = getattr(point, "count", None) or getattr(
                point, "value", 0
            )
    return found
