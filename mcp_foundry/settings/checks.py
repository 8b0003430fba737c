"""What the text of a setting may be: each check returns the value, or says what is wrong."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def endpoint(text: str) -> str:
    """The endpoint of a project, without a trailing slash."""
    url = _split(text)
    if url is None or url.scheme not in {"http", "https"} or not url.hostname:
        raise ValueError("not the URL of a Foundry project")
    if url.username or url.password or url.query or url.fragment:
        raise ValueError("the URL of a Foundry project has no user, query or fragment")
    if url.scheme == "http" and url.hostname not in LOOPBACK:
        raise ValueError("plain http is accepted for loopback hosts only, so use https")
    if not re.fullmatch(r"/api/projects/[^/]+/?", url.path):
        raise ValueError("the path of a Foundry project is /api/projects/PROJECT")
    # The memory operations of azure-ai-projects build `//memory_stores` from a trailing slash.
    return text.rstrip("/")


def _split(text: str) -> SplitResult | None:
    try:
        url = urlsplit(text)
        _ = url.port  # raises where the port is none
    except ValueError:
        return None
    return url


def seconds(text: str) -> float:
    """A duration of at most a day."""
    value = float(text) if re.fullmatch(r"\d+(\.\d+)?", text) else -1.0
    if not 0 <= value <= 86_400:  # noqa: PLR2004 - a day
        raise ValueError("not a number of seconds from 0 to 86400")
    return value


def count(text: str) -> int:
    """How many runs one host can carry at once."""
    if not text.isdecimal() or not 1 <= int(text) <= 1000:  # noqa: PLR2004 - what one host can carry
        raise ValueError("not a whole number from 1 to 1000")
    return int(text)


def tokens(text: str) -> int:
    """A number of tokens; 0 for any."""
    if not text.isdecimal() or len(text) > 15:  # noqa: PLR2004 - more than anybody pays for
        raise ValueError("not a whole number of tokens, such as 200000, or 0 for no limit")
    return int(text)


def names(text: str) -> frozenset[str]:
    """Names between commas."""
    return frozenset(name.strip() for name in text.split(",") if name.strip())


def switch(text: str) -> bool:
    """A switch, in the words that people use for one."""
    words = {"1": True, "true": True, "yes": True, "on": True}
    words |= {"0": False, "false": False, "no": False, "off": False}
    if text.lower() not in words:
        raise ValueError("neither on nor off")
    return words[text.lower()]


def one_of(*choices: str) -> Callable[[str], str]:
    """Return a check that takes one of `choices`, in any case."""

    def check(text: str) -> str:
        for choice in choices:
            if choice.lower() == text.lower():
                return choice
        raise ValueError(f"not one of {', '.join(choices)}")

    return check
