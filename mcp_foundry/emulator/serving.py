"""Serving until told to stop, for the command line."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from mcp_foundry.emulator.server import Emulator


async def run_emulator(  # noqa: PLR0913, PLR0917 - the settings of `Emulator`
    port: int,
    opened: Callable[[str], object],
    model_url: str = "",
    model_name: str = "",
    latency: float = 0.0,
    first_token: float = 0.0,
    tokens_per_second: float = 0.0,
    data: Path | None = None,
) -> None:
    """Serve until cancelled.

    Args:
        port: The port; 0 picks a free one.
        opened: Called with the project endpoint once requests are answered.
        model_url: See `Emulator`.
        model_name: See `Emulator`.
        latency: See `Emulator`.
        first_token: See `Emulator`.
        tokens_per_second: See `Emulator`.
        data: See `Emulator`.

    Raises:
        OSError: The port is taken.
    """
    settings = (model_url, model_name, latency, first_token, tokens_per_second, data)
    async with Emulator(port, *settings) as emulator:
        opened(emulator.endpoint)
        await asyncio.Event().wait()
