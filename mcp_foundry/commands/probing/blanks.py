"""What the service says, without anything that names a person's project."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mcp_foundry.contract.redaction import without_secrets

if TYPE_CHECKING:
    from collections.abc import Iterable

# The first that matches wins. Words with a digit or of hexadecimal digits alone are taken for ids
# when they are long; a short or plain one is no secret, and a code without it says nothing.
_TELLING = (
    (r"\b\w+://[^\s\"'`<>)]+", "<url>"),
    (r"[\w.+-]+@[\w.-]+", "<address>"),
    (r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "<guid>"),
    (r"\b\d{1,3}(\.\d{1,3}){3}(:\d+)?\b", "<host>"),
    (r"\b([\w-]+\.)+(com|net|org|io|us|cn|de|local|internal)\b(:\d+)?", "<host>"),
    (r"\b[a-z]{2,12}_(?=[a-z_-]*\d)[\w-]{8,}", "<id>"),
    (r"\b(assistant|file)-(?=\w*\d)\w{8,}", "<id>"),
    (r"\b(?=\w*\d)[\w-]{20,}", "<id>"),
    (r"\b[0-9a-f]{16,}\b", "<id>"),
)
# What may stand between quotation marks: the protocol's own words.
_PROTOCOL = frozenset(
    {
        *("agent", "agent_reference", "background", "conversation", "input", "metadata", "model"),
        *("previous_response_id", "store", "stream", "starting_after", "true", "false", "version"),
        *("expires_after", "file", "file_data", "filename", "image_url", "input_file"),
        *("input_image", "purpose"),
    }
)
_QUOTED = re.compile(r"(?<!\w)(['\"“])([^'\"”]{1,200})(['\"”])(?!\w)")
_LONGEST = 300
_SHORTEST_NAME = 2


class Blanks:
    """Puts a placeholder for whatever names something in a project.

    Args:
        endpoint: The project's, whose parts are names.
        names: What else is to stay private: the agent, its tools.
    """

    def __init__(self, endpoint: str, names: Iterable[str]) -> None:
        parts = urlsplit(endpoint)
        host = parts.hostname or ""
        places = {host, host.partition(".")[0], parts.path.rpartition("/")[2]}
        known = {name for name in (*names, *places) if len(name) >= _SHORTEST_NAME}
        # The longest first, for one may be a part of another.
        told = "|".join(map(re.escape, sorted(known, key=len, reverse=True)))
        self._names = re.compile(rf"(?i)(?<![\w-])({told})(:\d+)?(?![\w-])") if told else None

    def __call__(self, text: str) -> str:
        """Return a text of the service, on one line and not long, fit for anybody."""
        said = without_secrets(" ".join(text.split()))
        for pattern, placeholder in _TELLING:
            said = re.sub(rf"(?i){pattern}", placeholder, said)
        said = _QUOTED.sub(_quoted, said)
        if self._names:
            said = self._names.sub("<name>", said)
        return said[:_LONGEST]


def _quoted(found: re.Match[str]) -> str:
    opening, inner, closing = found.groups()
    if inner in _PROTOCOL or inner.startswith("<"):
        return found[0]
    return f"{opening}<name>{closing}"
