"""How far a batch is, in numbers and in words."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp_foundry.contract.answers import Answer

_MINUTE = 60
_SLOW = 1


@dataclass
class Counts:
    """What has become of the rows.

    Attributes:
        total: How many there are, once that is known.
        before: Answered by an earlier run.
        completed: Answered in this one.
        failed: Those that failed, or could not be read.
        other: Incomplete, or waiting for somebody.
        tokens: What this run's answers were billed for.
        codes: The failures, by their codes.
        clock: Seconds, ever growing.
    """

    total: int = 0
    before: int = 0
    completed: int = 0
    failed: int = 0
    other: int = 0
    tokens: int = 0
    codes: Counter[str] = field(default_factory=Counter[str])
    clock: Callable[[], float] = monotonic

    def __post_init__(self) -> None:
        self._begun = self.clock()

    @property
    def done(self) -> int:
        """How many rows are done with."""
        return self.before + self._ended

    @property
    def _ended(self) -> int:
        return self.completed + self.failed + self.other

    def add(self, answer: Answer) -> None:
        """Count an answer."""
        self.completed += answer.status == "completed"
        self.failed += answer.status == "failed"
        self.other += answer.status not in {"completed", "failed"}
        self.tokens += answer.usage.total_tokens if answer.usage else 0
        if answer.error:
            self.codes[answer.error.code] += 1

    def progress(self) -> str:
        """How far it is, in a line."""
        pace = self._ended / max(self.clock() - self._begun, 1e-9)
        told = [f"{self.done:,}/{self.total:,}" if self.total else f"{self.done:,}"]
        if self.failed:
            told.append(f"{self.failed:,} failed")
        told.append(f"{pace:.1f}/s" if pace >= _SLOW else f"{pace * _MINUTE:.0f}/min")
        told.append(f"{self.tokens:,} tokens")
        if self._ended and self.total > self.done:
            told.append(f"{_clock((self.total - self.done) / pace)} left")
        return " · ".join(told)

    def result(self) -> str:
        """What has become of all, in a line."""
        earlier = f" ({self.before:,} of them before)" if self.before else ""
        codes = ", ".join(f"{count:,} {code}" for code, count in self.codes.most_common(5))
        return (
            f"{self.before + self.completed:,} completed{earlier} · {self.failed:,} failed"
            f"{f' ({codes})' if codes else ''} · {self.other:,} other · {self.tokens:,} tokens"
        )


def _clock(seconds: float) -> str:
    minutes, second = divmod(round(seconds), _MINUTE)
    hours, minute = divmod(minutes, _MINUTE)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"
