"""How a run ended, as far as it is told and measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from mcp_foundry.contract.answers import Usage


class Ending(NamedTuple):
    """How a run ended.

    Attributes:
        outcome: An answer's status, `failed` or `cancelled`.
        code: Why it failed; empty where it did not.
        seconds: From being sent.
        first: Seconds to its first words; 0 where none were streamed.
        usage: What it was billed for, where that was told.
    """

    outcome: str
    code: str
    seconds: float
    first: float
    usage: Usage | None
