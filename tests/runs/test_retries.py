"""When a question that the service refused is sent again."""

from __future__ import annotations

import pytest

from mcp_foundry.contract.errors import ErrorCode, FoundryError
from mcp_foundry.runs.retries import retry_delay


@pytest.mark.parametrize(
    ("code", "status", "asked", "attempt", "pause"),
    [
        ("rate_limited", 429, None, 0, 1),
        ("rate_limited", 429, None, 3, 8),
        ("rate_limited", 429, None, 9, 30),
        ("rate_limited", 429, 7, 0, 7),
        ("rate_limited", 429, 0, 0, 0.1),
        ("rate_limited", 429, 0, 9, 5),
        ("service_unavailable", 503, 2, 0, 2),
        ("service_unavailable", 503, None, 0, None),
        ("service_unavailable", 502, 2, 0, None),
        ("connection_failed", None, None, 0, None),
    ],
)
def test_only_what_was_surely_not_taken_is_sent_again(
    code: ErrorCode, status: int | None, asked: float | None, attempt: int, pause: float | None
) -> None:
    refusal = FoundryError(code, "No.", status=status, retry_after=asked)
    assert retry_delay(refusal, attempt) == pause
