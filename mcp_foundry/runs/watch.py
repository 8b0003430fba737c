"""What a client is told of a run while a call waits for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from mcp_foundry.runs.run import Run


class Watch(Protocol):
    """Tells a client what a run does, while a call waits for it."""

    async def __call__(self, run: Run) -> None:
        """Watch `run` until it is done; cancelled when its call stops waiting."""
        ...
