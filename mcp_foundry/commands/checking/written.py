"""What is wrong with the settings by themselves, before anything is asked."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from mcp_foundry.commands.checking.line import Line
from mcp_foundry.settings.misspelt import misspelt
from mcp_foundry.settings.variables import PLACEHOLDERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mcp_foundry.settings.values import Settings


def places(settings: Settings) -> Line:
    """Return where agents are, or that this is still the example's."""
    left = [word for word in re.split(r"[/.:]", settings.endpoint) if word in PLACEHOLDERS]
    if left:
        return Line(
            "FAIL",
            "settings",
            f"{settings.endpoint} still has the example's {' and '.join(left)}. Put in yours: the "
            "overview of the project in the Foundry portal shows the whole endpoint. Correct "
            "FOUNDRY_PROJECT_ENDPOINT (--endpoint).",
        )
    return Line(
        "ok", "settings", ", ".join(filter(None, (settings.endpoint, *settings.local.values())))
    )


def unread() -> Iterator[Line]:
    """Yield a line for each variable that was meant for this program, and is none of its.

    What the file of `--env-file` holds is in the environment by now.
    """
    for name, right in misspelt(os.environ).items():
        remedy = (
            f"Is {right} meant? Correct its name."
            if right
            else "Correct or remove it: `mcp-foundry check --help` names all there are."
        )
        yield Line("FAIL", f"variable {name}", f"mcp-foundry reads no such variable. {remedy}")
