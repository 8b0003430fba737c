"""What can go wrong, in words that say what to do next.

FoundryError        what a caller is told; `code` is stable
NotSent         the request never reached the service, so nothing was started
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from mcp_foundry.contract.json import Json

ErrorCode = Literal[
    "not_configured",
    "unauthenticated",
    "forbidden",
    "agent_not_found",
    "conversation_not_found",
    "conversation_busy",
    "rate_limited",
    "content_filtered",
    "invalid_request",
    "run_failed",
    "service_unavailable",
    "timeout",
    "connection_failed",
    "not_allowed",
    "budget_exhausted",
    "file_gone",
    "internal",
]
ERROR_CODES: tuple[str, ...] = get_args(ErrorCode)


class FoundryError(Exception):
    """A failure that the caller can read.

    Attributes:
        code: One of `ErrorCode`; stable, for programs.
        status: HTTP status of the service's refusal, or None.
        retry_after: Seconds after which it may be tried again, or None.
        request_id: The service's id of the request, for its support, or "".
        param: The fields of the request that the service blames, between commas, or "".
        kept: What was answered all the same, such as `text` and the ids.
    """

    kept: Json | None = None

    def __init__(  # noqa: PLR0913 - what a caller can be told of it
        self,
        code: ErrorCode,
        message: str,
        *,
        status: int | None = None,
        retry_after: float | None = None,
        request_id: str = "",
        param: str = "",
    ) -> None:
        super().__init__(message)
        self.code: ErrorCode = code
        self.status = status
        self.retry_after = retry_after
        self.request_id = request_id
        self.param = param

    def told_as(self, sentence: str) -> FoundryError:
        """Return the same failure in other words."""
        kind = NotSent if isinstance(self, NotSent) else FoundryError
        failure = kind(
            self.code,
            sentence,
            status=self.status,
            retry_after=self.retry_after,
            request_id=self.request_id,
            param=self.param,
        )
        failure.kept = self.kept
        return failure

    @property
    def message(self) -> str:
        """The sentence for the caller."""
        return str(self)


class NotSent(FoundryError):  # noqa: N818 - it says what did not happen, as `NotFound` would
    """The request did not leave, so the service took nothing; asking again is safe."""
