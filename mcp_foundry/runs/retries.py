"""Whether a question that failed on its way may be sent again, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_foundry.contract.errors import NotSent

if TYPE_CHECKING:
    from mcp_foundry.contract.errors import FoundryError

_REFUSALS = 400
_SERVER_ERRORS = 500
_UNAVAILABLE = 503
_LONGEST_DELAY = 30.0


def retry_delay(refusal: FoundryError, attempt: int) -> float | None:
    """Return the seconds after which a refused question may be sent again; None for never.

    Only two refusals say for sure that nothing was started: 429, and 503 with `Retry-After`
    (which a service that is up, and turns work away, sends). The pause is what the service asks
    for, but never so short that a service that asks for nothing is hammered.

    Args:
        refusal: What the service answered.
        attempt: How often it was refused before.
    """
    asked = refusal.retry_after
    if refusal.code != "rate_limited" and (refusal.status != _UNAVAILABLE or asked is None):
        return None
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
