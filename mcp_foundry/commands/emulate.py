"""`mcp-foundry emulator`, and `--emulator` for every other command."""

from __future__ import annotations

import sys
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import anyio

from mcp_foundry.transport.shutdown import interruptible

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from mcp_foundry.settings.values import Settings


@asynccontextmanager
async def project(
    settings: Settings, emulation: Mapping[str, Any] | None
) -> AsyncGenerator[Settings]:
    """Yield the settings of the project to work with.

    Args:
        settings: What the user set.
        emulation: Arguments of an `Emulator`, which then is the project while the block runs;
            None for the project in the settings.
    """
    if emulation is None:
        yield settings
        return
    from mcp_foundry.emulator import (
        DEFAULT_AGENT,
        DEFAULT_MEMORY_STORE,
        DEFAULT_MODEL,
        Emulator,
    )

    async with Emulator(**emulation) as emulator:
        yield replace(
            settings,
            endpoint=emulator.endpoint,
            agent=settings.agent or DEFAULT_AGENT,
            model=settings.model or DEFAULT_MODEL,
            memory_store=settings.memory_store or DEFAULT_MEMORY_STORE,
        )


def serve_emulator(port: int, emulation: Mapping[str, Any]) -> int:
    """Serve the emulator by itself until a signal ends it; the endpoint is the one line on stdout.

    Returns:
        The exit code: 0 where a signal ended it, 1 where the port or the data file cannot be
            had.
    """
    from mcp_foundry.emulator import DataFileError, run_emulator

    def opened(endpoint: str) -> None:
        sys.stdout.write(f"{endpoint}\n")
        sys.stdout.flush()

    async def serve() -> None:
        with interruptible():
            await run_emulator(port, opened, **emulation)

    try:
        anyio.run(serve)
    except BrokenPipeError:
        raise
    except DataFileError as wrong:
        sys.stderr.write(f"mcp-foundry: {wrong}\n")
        return 1
    except OSError as taken:
        sys.stderr.write(
            f"mcp-foundry: the emulator cannot listen on port {port}: "
            f"{taken.strerror or taken}. Choose another, or --port 0 for a free one.\n"
        )
        return 1
    return 0
