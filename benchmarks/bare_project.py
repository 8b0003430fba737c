"""The baseline of the emulator's start: an empty application of aiohttp, in a loop of anyio's."""

from __future__ import annotations

import sys

import anyio
from aiohttp import web


async def serve() -> None:
    """Serve nothing until ended; the port is the one line on stdout."""
    runner = web.AppRunner(web.Application())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    sys.stdout.write(f"{runner.addresses[0][1]}\n")
    sys.stdout.flush()
    await anyio.sleep_forever()


if __name__ == "__main__":
    anyio.run(serve)
