"""What the text of a setting may be: each check returns the value, or says what is wrong."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_SHORTEST_KEY = 32
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")


def endpoint(text: str) -> str:
    """The endpoint of a project, or of an agent on this machine, without a trailing slash."""
    url = _split(text)
    if url is None or url.scheme not in {"http", "https"} or not url.hostname:
        raise ValueError("not the URL of a Foundry project")
    if url.username or url.password or url.query or url.fragment:
        raise ValueError("the URL of a Foundry project has no user, query or fragment")
    if url.scheme == "http" and url.hostname not in LOOPBACK:
        raise ValueError("plain http is accepted for loopback hosts only, so use https")
    if url.scheme == "http" and not is_project(text):
        return local_url(text)
    if not re.fullmatch(r"/api/projects/[^/]+/?", url.path):
        raise ValueError("the path of a Foundry project is /api/projects/PROJECT")
    # The memory operations of azure-ai-projects build `//memory_stores` from a trailing slash.
    return text.rstrip("/")


def is_project(text: str) -> bool:
    """Whether the URL of a project is meant, and not that of an agent on this machine."""
    url = _split(text)
    return url is None or url.path.startswith("/api/")


def local_url(text: str) -> str:
    """The URL of an agent on this machine, without a trailing slash; it may end in /responses."""
    url = _split(text)
    if url is None or url.scheme != "http" or url.hostname not in LOOPBACK:
        raise ValueError("not the http URL of a server on this machine")
    if url.username or url.password or url.query or url.fragment:
        raise ValueError("the URL of an agent on this machine has no user, query or fragment")
    return text.rstrip("/").removesuffix("/responses")


def local_agents(text: str) -> dict[str, str]:
    """Agents on this machine, NAME=URL between commas."""
    found: dict[str, str] = {}
    for part in filter(None, map(str.strip, text.split(","))):
        name, equals, url = (each.strip() for each in part.partition("="))
        if not equals or not _NAME.fullmatch(name):
            raise ValueError("not NAME=URL between commas, names of letters, digits and hyphens")
        if name in found:
            raise ValueError(f"{name} is there twice")
        found[name] = local_url(url)
    return found


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


def folder(text: str) -> str:
    """A folder that is there, as its whole path."""
    path = os.path.abspath(os.path.expanduser(text))  # noqa: PTH100, PTH111 - pathlib costs the start 5 ms, and `resolve` would follow links
    if not os.path.isdir(path):  # noqa: PTH112 - see above
        raise ValueError("not a folder that is there")
    return path


def folders(text: str) -> tuple[str, ...]:
    """Folders, between the signs that separate those of PATH."""
    parts = [part.strip() for part in text.split(os.pathsep)]
    return tuple(folder(part) for part in parts if part)


def header(text: str) -> str:
    """A name that can be sent in a header."""
    if not text.isascii() or not text.isprintable():
        raise ValueError("not the name of a deployment")
    return text


def host(text: str) -> str:
    """An address of this machine, to listen on."""
    from ipaddress import ip_address

    try:
        return str(ip_address("127.0.0.1" if text == "localhost" else text.strip("[]")))
    except ValueError:
        raise ValueError("not an address of this machine, such as 0.0.0.0 for all") from None


def guid(text: str) -> str:
    """An id as Entra gives them."""
    if not _GUID.fullmatch(text):
        raise ValueError("not an id of 32 hexadecimal digits in five groups, a GUID")
    return text.lower()


def public_url(text: str) -> str:
    """The URL under which clients reach a service: https, with a path, as Entra takes it."""
    url = _split(text)
    if url is None or url.scheme != "https" or not url.hostname:
        raise ValueError("not an https URL")
    if url.username or url.password or "?" in text or "#" in text:
        raise ValueError("the URL of a service has no user, query or fragment")
    if not re.fullmatch(r"(/[A-Za-z0-9._~-]+)+", url.path):
        raise ValueError("a path is needed, such as /mcp, without a slash at its end")
    if re.match(r"/(?:healthz|readyz)$|/\.well-known/", url.path):
        raise ValueError("probes and metadata are at that path already")
    return text


def authority(text: str) -> str:
    """Where Entra is, without a trailing slash; azure-identity takes a host alone, too."""
    text = text if "//" in text else f"https://{text}"
    url = _split(text)
    if url is None or url.scheme != "https" or not url.hostname or url.path.strip("/"):
        raise ValueError("not the https URL of a host that signs in")
    return text.rstrip("/")


def origins(text: str) -> tuple[str, ...]:
    """Origins of web pages, between commas."""
    found = tuple(filter(None, (part.strip().rstrip("/") for part in text.split(","))))
    for each in found:
        url = _split(each)
        if (
            url is None
            or url.scheme not in {"http", "https"}
            or each != f"{url.scheme}://{url.netloc}"
        ):
            raise ValueError("not origins, each a scheme and a host, between commas")
    return found


def keys(text: str) -> tuple[bytes, ...]:
    """Secrets of at least 32 bytes each, between commas."""
    found = tuple(part.strip().encode() for part in text.split(",") if part.strip())
    if not found or any(len(key) < _SHORTEST_KEY for key in found):
        raise ValueError(f"each key needs at least {_SHORTEST_KEY} bytes")
    return found


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
