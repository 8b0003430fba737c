"""The server of the soak: the one that is installed, less patient, and ready to be counted."""

from __future__ import annotations

import asyncio
import gc
import json
import signal
import sys
from pathlib import Path

import anyio

from mcp_foundry.server.app import create_server
from mcp_foundry.settings.limits import Limits
from mcp_foundry.settings.values import Settings
from mcp_foundry.transport.shutdown import exit_now
from mcp_foundry.transport.stdio.serving import serve_stdio

# A silent stream is given up after two seconds here, not after two minutes: the soak is to end.
_LIMITS = Limits(silence=2, lost=20)


def _count() -> None:
    """Say on stderr what this process holds."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    held = {
        "megabytes": pages * 4096 / 1e6,
        "blocks": sys.getallocatedblocks(),
        "tasks": len(asyncio.all_tasks()),
        "files": len(list(Path("/proc/self/fd").iterdir())),
    }
    sys.stderr.write(f"{json.dumps(held)}\n")
    sys.stderr.flush()


async def _serve(endpoint: str, at_once: int) -> None:
    settings = Settings(
        endpoint=endpoint, agent="helper", concurrency=at_once, max_wait=40, limits=_LIMITS
    )
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, _count)
    exit_now(await serve_stdio(create_server(settings), drain=settings.drain))


if __name__ == "__main__":
    anyio.run(_serve, sys.argv[1], int(sys.argv[2]))
