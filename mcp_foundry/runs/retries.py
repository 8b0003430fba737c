"""Whether a question that failed on its way may be sent again, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_foundry.contract.errors import NotSent

if TYPE_CHECKING:
    from mcp_foundry.contract.errors import FoundryError

_REFUSALS = 400
_SERVER_ERRORS = 500
_UNAVAILABLE = 503
NOT_READY = 424
"""A hosted agent's container is not up yet, or fails to come up."""
_LONGEST_DELAY = 30.0


def retry_delay(refusal: FoundryError, attempt: int) -> float | None:
    """Return the seconds after which a refused question may be sent again; None for never.

    Only three refusals say for sure that nothing was started: 429, 503 with `Retry-After` (which a
    service that is up, and turns work away, sends), and 424 of a container on its way. The pause
    is what the service asks for, but never so short that one that asks for nothing is hammered.

    Args:
        refusal: What the service answered.
        attempt: How often it was refused before.
    """
    if isinstance(refusal, NotSent):
        return None  # the service said nothing, and has nothing to do with it
    asked = refusal.retry_after
    turned_away = refusal.status == _UNAVAILABLE and asked is not None
    if not (refusal.code == "rate_limited" or turned_away or refusal.status == NOT_READY):
        return None
    if refusal.status == NOT_READY:
        return max(asked or 0, min(0.5 * 2**attempt, 5.0))
    if asked is None:
        return min(2.0**attempt, _LONGEST_DELAY)
    return max(asked, min(0.1 * 2**attempt, 5.0))


def may_have_been_taken(failure: FoundryError) -> bool:
    """Whether the service may have started a run for a question whose sending failed so."""
    if isinstance(failure, NotSent):
        return False
    # What is no refusal and yet no stream (a page of a gateway) tells nothing either.
    status = failure.status
    return status is None or status < _REFUSALS or status >= _SERVER_ERRORS
