"""`mcp-foundry emulator`, and `--emulator` for every other command."""

from __future__ import annotations

import os
import sys
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import anyio

from mcp_foundry.transport.shutdown import interruptible

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping
    from pathlib import Path
    from types import SimpleNamespace

    from mcp_foundry.settings.values import Settings


def check_seed(file: Path) -> None:
    """End the command, as wrong words do, where a seed file cannot be used.

    Raises:
        SystemExit: So it is, and stderr says where and why.
    """
    from mcp_foundry.emulator import FileError, read_seed

    try:
        read_seed(file)
    except FileError as wrong:
        sys.stderr.write(f"mcp-foundry: {wrong}\n")
        raise SystemExit(2) from None


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
    from mcp_foundry.emulator import Emulator

    async with Emulator(**emulation) as emulator:
        places = emulator.places
        yield replace(
            settings,
            endpoint=emulator.endpoint,
            forgets="data" not in emulation,
            agent=settings.agent or places["agent"],
            model=settings.model or places["model"],
            memory_store=settings.memory_store or places["memory_store"],
        )


def run(_: Settings, options: SimpleNamespace) -> int:
    """Serve the emulator by itself until a signal ends it; with `--env`, leave it running.

    Returns:
        The exit code: 0 where a signal ended it, 1 where the port, the data file or a folder
            cannot be had.
    """
    port, shell = options.port, options.env
    if shell and not options.left_running:
        from mcp_foundry.commands.background import leave_running

        return leave_running([*options.line, "--left-running"])
    from mcp_foundry.emulator import (
        CannotKeepCertificatesError,
        DataFileError,
        Emulator,
        run_emulator,
    )

    def opened(emulator: Emulator) -> None:
        if authority := emulator.places["authority"]:
            sys.stderr.write(f"mcp-foundry: its certificate is signed by {authority}\n")
        if shell:
            _tell_shell(shell, emulator.places)
        else:
            sys.stdout.write(f"{emulator.endpoint}\n")
            sys.stdout.flush()

    async def serve() -> None:
        log = _tell if options.log else None
        with interruptible():
            await run_emulator(opened, port=port, log=log, **options.emulation)

    try:
        anyio.run(serve)
    except BrokenPipeError:
        raise
    except (CannotKeepCertificatesError, DataFileError) as wrong:
        sys.stderr.write(f"mcp-foundry: {wrong}\n")
        return 1
    except OSError as taken:
        sys.stderr.write(
            f"mcp-foundry: the emulator cannot listen on port {port}: "
            f"{taken.strerror or taken}. Choose another, or --port 0 for a free one.\n"
        )
        return 1
    return 0


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def _tell_shell(shell: str, places: Mapping[str, str]) -> None:
    """Write the shell's lines, and close stdout: its end is what the one who started us awaits."""
    from mcp_foundry.emulator.door.environment import lines

    pid = places["pid"]
    sys.stderr.write(
        f"mcp-foundry: the emulator goes on as process {pid}. To end it: "
        f"{'Stop-Process' if shell == 'powershell' else 'kill'} {pid}\n"
    )
    if not places["bundle"]:
        sys.stderr.write(
            "mcp-foundry: the Azure SDKs send no token over plain http: for them, add --https\n"
        )
    sys.stderr.flush()
    sys.stdout.write(lines(shell, places))
    sys.stdout.flush()
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
