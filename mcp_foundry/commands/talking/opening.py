"""Which page an answer gets here."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from mcp_foundry.commands.talking.page import JsonPage, Page

if TYPE_CHECKING:
    from mcp_foundry.commands.talking.stdout import Stdout


def new_page(out: Stdout, *, as_json: bool = False) -> Page:
    """Return a page that is drawn where that is possible: on a terminal, with rich."""
    if as_json:
        return JsonPage(out)
    plain = "NO_COLOR" in os.environ or os.environ.get("TERM") in {"dumb", "unknown"}
    if out.is_terminal and not plain:
        with suppress(ImportError):  # rich is an extra
            from mcp_foundry.commands.talking.drawn import DrawnPage

            return DrawnPage(out)
    return Page(out)
