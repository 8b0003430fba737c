"""Samples, their spread, and the figures made of them."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import quantiles
from typing import TYPE_CHECKING, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")


class Spread(NamedTuple):
    """The median of samples and the quartiles around it."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.low:.2f}-{self.high:.2f})"


def spread(samples: Sequence[float]) -> Spread:
    """Return the median and the quartiles of at least one sample."""
    if len(samples) == 1:
        return Spread(samples[0], samples[0], samples[0])
    low, median, high = quantiles(samples, n=4, method="inclusive")
    return Spread(median, low, high)


@dataclass(frozen=True)
class Figure:
    """One row of the table.

    Attributes:
        number: Of the issue's table.
        what: What was measured.
        against: The baseline.
        ratio: What was measured, divided by its baseline of the same round.
        measured: What the bar is about, in `unit`; often the ratio itself.
        unit: Of `measured` and `bar`.
        bar: The most that `measured` may be.
        rounds: How many samples there are.
    """

    number: int
    what: str
    against: str
    ratio: Spread
    measured: Spread
    unit: str
    bar: float
    rounds: int

    @property
    def reached(self) -> bool:
        """Whether the median is within the bar."""
        return self.measured.median <= self.bar

    @property
    def share(self) -> float:
        """The part of the bar that is used."""
        return self.measured.median / self.bar


def ratio_figure(
    number: int, what: str, against: str, pairs: Sequence[tuple[float, float]], bar: float
) -> Figure:
    """Return the figure of pairs of what was measured and its baseline, whose bar is a ratio."""
    ratio = spread([measured / baseline for measured, baseline in pairs])
    return Figure(number, what, against, ratio, ratio, "x", bar, len(pairs))


def extra_figure(  # noqa: PLR0913, PLR0917 - a row has that many columns
    number: int,
    what: str,
    against: str,
    pairs: Sequence[tuple[float, float]],
    unit: str,
    bar: float,
) -> Figure:
    """Return the figure of pairs whose bar is what may be added to the baseline."""
    ratio = spread([measured / baseline for measured, baseline in pairs])
    extra = spread([measured - baseline for measured, baseline in pairs])
    return Figure(number, what, against, ratio, extra, unit, bar, len(pairs))


def interleaved(rounds: int, *measures: Callable[[], T]) -> list[tuple[T, ...]]:
    """Return so many rounds of samples, one of each measure.

    The first round warms up and does not count. Every other round is taken backwards, so that a
    machine that grows slower or faster favours nobody.
    """
    samples: list[tuple[T, ...]] = []
    for number in range(rounds + 1):
        order = range(len(measures))
        taken = {place: measures[place]() for place in (order if number % 2 else reversed(order))}
        samples.append(tuple(taken[place] for place in order))
    return samples[1:]
