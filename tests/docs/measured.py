"""What is measured, as the SDK hands it to a collector."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from mcp_foundry.contract.answers import Usage
from mcp_foundry.telemetry import names
from mcp_foundry.telemetry.ending import Ending
from mcp_foundry.telemetry.measures import Measures

if TYPE_CHECKING:
    from collections.abc import Iterator


class Measured(NamedTuple):
    """A measure: its name, its unit, what it says, and the attributes that split it."""

    name: str
    unit: str
    told: str
    split: str


# What a call is measured by, of which `Measures` knows nothing.
_OF_CALLS = (names.METHOD, names.TOOL, names.TRANSPORT, names.ERROR)


def measured() -> Iterator[Measured]:
    """Yield every measure, by what a run that failed at its end and a call leave behind."""
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader], shutdown_on_exit=False)
    told = Measures(provider.get_meter("pages"))
    told.begun("helper")
    told.begun("helper")
    told.ended("helper", "helper", Ending("failed", "run_failed", 1, 1, Usage()))
    told.called(1, dict.fromkeys(_OF_CALLS, "any"))
    data = reader.get_metrics_data()
    metrics = data.resource_metrics[0].scope_metrics[0].metrics if data else ()
    for each in metrics:
        split = dict.fromkeys(
            key for point in each.data.data_points for key in point.attributes or ()
        )
        by = ", ".join(f"`{key}`" for key in split)
        yield Measured(each.name, (each.unit or "").strip("{}"), each.description or "", by)
    provider.shutdown()
