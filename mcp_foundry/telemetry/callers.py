"""What callers chose themselves, as far as it may be told."""

from __future__ import annotations

import re

from mcp_foundry.contract.json import text_in
from mcp_foundry.telemetry import names

# Of names, versions and ids of any kind, and of no sentence or address of a person.
_PLAIN = re.compile(r"[\w./:+-]{0,200}", re.ASCII)


def shown(value: object) -> str:
    """Return a name or an id as it may stand in a log and a span; of what is none, that it is."""
    text = text_in(value)
    return text if _PLAIN.fullmatch(text) else names.OTHER
