"""JSON, ids and times as the service writes them."""

import json
import secrets
import time
from typing import Any, cast

Json = dict[str, Any]
# What a token has, about: nobody counts them here.
CHARACTERS_PER_TOKEN = 4


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
