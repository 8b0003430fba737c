"""The sessions of those who call: each sees what is theirs, and nothing of anybody else."""

from __future__ import annotations

from collections import OrderedDict
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mcp_foundry.project.session import FoundrySession

if TYPE_CHECKING:
    from collections.abc import Generator

    from mcp_foundry.contract.caller import Caller
    from mcp_foundry.project.shared import Shared

_MOST = 1000
"""Callers whose sessions are kept. Of others only what is under way: their answers are at the
service, and whatever a session remembers beside them it can ask for again."""


class Callers:
    """Gives each caller the same session again, for as long as there is room for it.

    Args:
        shared: What all sessions have in common.
        most: How many are kept beyond those in which something is under way.
    """

    def __init__(self, shared: Shared, most: int = _MOST) -> None:
        self._shared = shared
        self._most = most
        self._sessions: OrderedDict[str, FoundrySession] = OrderedDict()
        self._calling: dict[str, int] = {}

    @property
    def kept(self) -> int:
        """How many sessions there are."""
        return len(self._sessions)

    @contextmanager
    def session_of(self, caller: Caller) -> Generator[FoundrySession]:
        """Yield the session of a caller for one call; what that begins may outlive it."""
        key = caller.key
        self._calling[key] = self._calling.get(key, 0) + 1
        try:
            yield self._find(caller).for_request(caller)
        finally:
            self._calling[key] -= 1
            if not self._calling[key]:
                del self._calling[key]

    def _find(self, caller: Caller) -> FoundrySession:
        session = self._sessions.get(caller.key)
        if session is None:
            session = self._sessions[caller.key] = FoundrySession(self._shared, caller)
            self._forget_some()
        self._sessions.move_to_end(caller.key)
        return session

    def _forget_some(self) -> None:
        """Forget the one that called longest ago, where there are too many.

        One at a time, for one comes at a time; those in which something is under way go to the
        end, so that no call looks at many.
        """
        for _ in range(2):
            if len(self._sessions) <= self._most:
                return
            key, session = next(iter(self._sessions.items()))
            if session.idle and key not in self._calling:
                del self._sessions[key]
            else:
                self._sessions.move_to_end(key)
