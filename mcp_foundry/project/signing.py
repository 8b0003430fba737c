"""What Foundry is asked with in a caller's name."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mcp_foundry.contract.caller import Caller


class Signing:
    """Whose requests are signed, whoever sends them.

    Attributes:
        caller: As the caller's newest request brought it; None where there is one and the same.
    """

    def __init__(self, caller: Caller | None) -> None:
        self.caller = caller

    def token(self) -> str:
        """Return what Foundry is asked with in the caller's name.

        Raises:
            FoundryError: Why there is no such token.
        """
        caller = self.caller
        if caller is None:  # pragma: no cover - nobody is asked for a token without one
            raise AssertionError
        if caller.refusal:
            raise caller.refusal
        return caller.token
