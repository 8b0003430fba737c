"""Requests that the service turns down, in its own words."""


class Refusal(Exception):  # noqa: N818 - the service refuses; the emulator has no error
    """A request that the service turns down.

    Args:
        status: The HTTP status.
        code: The service's word for it, `""` where it sends none.
        message: The sentence of the service.
        param: The field of the request that is to blame, where one is.
        kind: The envelope's `type`.
        headers: Further headers of the reply.
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
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.param = param
        self.kind = kind
        self.headers = headers or {}


def not_found(noun: str, name: str) -> Refusal:
    """Refuse as the agents plane does; recorded: "MemoryStore 'x' not found"."""
    return Refusal(404, "not_found", f"{noun} '{name}' not found", kind="error")


def invalid(message: str, *, param: str | None = None, code: str = "invalid_payload") -> Refusal:
    """Refuse a request whose body is wrong."""
    return Refusal(400, code, message, param=param)
