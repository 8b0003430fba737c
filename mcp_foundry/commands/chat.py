"""`mcp-foundry chat`: an agent, turn by turn."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import SimpleNamespace

    from mcp_foundry.settings.values import Settings


def run(settings: Settings, options: SimpleNamespace) -> int:
    """Talk, and return the exit code; see `Opening.run`."""
    # What the imports build lives as long as the process; see `serve`.
    gc.disable()
    try:
        from mcp_foundry.commands.chatting.opening import Opening

        return Opening(settings, options).run()
    finally:
        gc.enable()
