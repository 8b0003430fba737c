"""JSON, ids, times and refusals as the service writes them."""

import json
import secrets
import time
from typing import Any, cast

Json = dict[str, Any]


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


def encode(value: object) -> str:
    """Compact JSON with its characters as they are, as in the recorded streams."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def to_bytes(text: str) -> bytes:
    """UTF-8; a lone surrogate, which JSON can carry and UTF-8 cannot, becomes a question mark."""
    return text.encode("utf-8", "replace")


def as_object(value: object) -> Json:
    """The value, if it is a JSON object; an empty one otherwise."""
    return cast("Json", value) if isinstance(value, dict) else {}


def as_list(value: object) -> list[Any]:
    """The value, if it is a JSON array; an empty one otherwise."""
    return cast("list[Any]", value) if isinstance(value, list) else []


def as_text(value: object) -> str:
    """The value, if it is a string; an empty one otherwise."""
    return value if isinstance(value, str) else ""


def new_id(prefix: str) -> str:
    """An id in the service's manner, such as `resp_6f0c…`."""
    return f"{prefix}_{secrets.token_hex(24)}"


def now() -> int:
    """The time in whole seconds since 1970, as every `created_at` has it."""
    return int(time.time())
