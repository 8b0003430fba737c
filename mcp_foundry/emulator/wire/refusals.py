"""Requests that the service turns down, in its own words."""

from typing import Literal

from mcp_foundry.emulator.wire.values import Json

Shape = Literal["plane", "project", "bare"]


class Refusal(Exception):  # noqa: N818 - the service refuses; the emulator has no error
    """A request that the service turns down.

    Args:
        status: The HTTP status.
        code: The service's word for it, `""` where it sends none.
        message: The sentence of the service.
        param: The field of the request that is to blame, where one is.
        kind: The envelope's `type`.
        headers: Further headers of the reply.
        shape: The envelope: the one of the `plane` that is asked, everywhere the one of the
            `project` with its details, or `bare`, with code and message alone.
        details: What the envelope of the project says in detail.
    """

    def __init__(  # noqa: PLR0913 - the fields of the envelope
        self,
        status: int,
        code: str,
        message: str,
        *,
        param: str | None = None,
        kind: str = "invalid_request_error",
        headers: dict[str, str] | None = None,
        shape: Shape = "plane",
        details: list[Json] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.param = param
        self.kind = kind
        self.headers = headers or {}
        self.shape = shape
        self.details = details or []


def not_found(noun: str, name: str) -> Refusal:
    """Refuse as the agents plane does; recorded: "MemoryStore 'x' not found"."""
    return Refusal(404, "not_found", f"{noun} '{name}' not found", kind="error")


def invalid(message: str, *, param: str | None = None, code: str = "invalid_payload") -> Refusal:
    """Refuse a request whose body is wrong."""
    return Refusal(400, code, message, param=param)
