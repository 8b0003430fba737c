"""Runs that callers may come back to: so many of them, and the ended ones for a while."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

import anyio

if TYPE_CHECKING:
    from mcp_foundry.runs.run import Run
    from mcp_foundry.settings.limits import Limits


class Kept:
    """Runs whose callers hold an answer_id, or whose approval a client may send twice."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._runs: OrderedDict[str, Run] = OrderedDict()

    def find(self, key: str) -> Run | None:
        """Return a run that is kept."""
        return self._runs.get(key)

    def put(self, key: str, run: Run) -> None:
        """Keep a run. The oldest are forgotten: the service still has their answers."""
        self._runs[key] = run
        limits, now = self._limits, anyio.current_time()
        for old, kept in list(self._runs.items()):
            aged = kept.done.is_set() and now - kept.began > limits.run
            if aged or len(self._runs) > limits.kept:
                del self._runs[old]

    def forget(self, key: str) -> None:
        """Keep a run no more."""
        self._runs.pop(key, None)
