"""What Foundry is asked with in a caller's name."""

from __future__ import annotations

from time import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mcp_foundry.contract.caller import Caller


class Signing:
    """Signs what a caller has asked for, all of it, with the best that their requests brought.

    Two hosts of one person bring two tokens, and a request may bring a reason in place of one: what
    another has begun goes on with what it began with, as long as that holds.
    """

    def __init__(self, caller: Caller | None) -> None:
        self._newest = self._lasting = caller

    def renew(self, caller: Caller) -> None:
        """Take what a further request of the caller brought."""
        self._newest = caller
        if self._lasting is None or caller.token_ends >= self._lasting.token_ends:
            self._lasting = caller

    def token(self) -> str:
        """Return what Foundry is asked with in the caller's name.

        Raises:
            FoundryError: Why there is no such token.
        """
        newest, lasting = self._newest, self._lasting
        if newest is None or lasting is None:  # pragma: no cover - nobody is asked without one
            raise AssertionError
        if lasting.token and lasting.token_ends > time():
            return lasting.token
        if newest.refusal:
            # Raised again and again, one and the same would keep all that ever raised it.
            raise newest.refusal.told_as(str(newest.refusal))
        return newest.token
