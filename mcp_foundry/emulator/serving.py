"""Serving until told to stop, for the command line."""

import asyncio
from collections.abc import Callable
from typing import Any

from mcp_foundry.emulator.server import Emulator


async def run_emulator(
    opened: Callable[[Emulator], object],
    **words: Any,  # noqa: ANN401 - the words of `Options`, which checks them
) -> None:
    """Serve until cancelled.

    Args:
        opened: Called with the emulator once requests are answered.
        **words: See `Emulator`.

    Raises:
        OSError: The port is taken.
    """
    async with Emulator(**words) as emulator:
        opened(emulator)
        await asyncio.Event().wait()
