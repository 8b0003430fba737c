"""Variables that were meant for this program and that it does not read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_foundry.settings.variables import VARIABLES

if TYPE_CHECKING:
    from collections.abc import Mapping

_PREFIX = "MCP_FOUNDRY_"
_RIGHT = {name: each for each in VARIABLES for name in each.names if "FOUNDRY_" in name}
_BY_TAIL = {name.partition("FOUNDRY_")[2]: name for name in _RIGHT}
# A slip of the finger is nearer. What other programs of Foundry's read, as FOUNDRY_MODEL and
# FOUNDRY_AGENT_VERSION, is farther away.
_SLIP = 0.85
# Behind our own prefix, which nobody else's has, whatever is somewhat like it.
_LIKE = 0.6


def misspelt(environment: Mapping[str, str]) -> dict[str, str]:
    """Return each such variable with the right name; empty where none is like it.

    A name that is near to ours and may be another program's is none where ours is set, too.
    """
    from difflib import get_close_matches

    found: dict[str, str] = {}
    for name, value in environment.items():
        written = name.upper()
        if name in _RIGHT or not value.strip():
            continue
        if written.startswith(_PREFIX):
            like = get_close_matches(written.removeprefix(_PREFIX), _BY_TAIL, 1, _LIKE)
            found[name] = _BY_TAIL[like[0]] if like else ""
        elif near := get_close_matches(written, _RIGHT, 1, _SLIP):
            names = _RIGHT[near[0]].names
            if not any(environment.get(each, "").strip() for each in names):
                found[name] = near[0]
    return found
