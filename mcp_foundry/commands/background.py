"""A command of ours that goes on in a process of its own, once it has said what it has to say."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

_PATIENCE = 60
"""Seconds in which it has to begin; a busy machine may take ten."""
_KEPT = 10
"""So many logs are kept."""

# A script in the folder that it is started in must not pass for a module of that name, as it would
# with `-m`; Python 3.10 knows no other way.
_MAIN = """
import sys
sys.path = [folder for folder in sys.path if folder]
from mcp_foundry.cli import main
sys.exit(main())
"""


def leave_running(words: list[str]) -> int:
    """Start `mcp-foundry` with those words, pass on what it says until it closes stdout, and leave.

    Returns:
        The exit code: 0 where it goes on, 1 where it ended or did not begin.
    """
    from platformdirs import user_state_path

    folder = user_state_path("mcp-foundry", appauthor=False)
    try:
        log = _new_log(folder)
    except OSError as wrong:
        sys.stderr.write(
            f"mcp-foundry: the emulator's log cannot be kept in {folder}: "
            f"{wrong.strerror or wrong}. Make it writable, or set XDG_STATE_HOME to a folder "
            "that is (on Linux).\n"
        )
        return 1
    with log:
        started = _start(words, log)
    try:
        said = _listen(started)
    except BaseException:
        started.kill()
        raise
    sys.stderr.write(Path(log.name).read_text(encoding="utf-8", errors="replace"))
    if not said:
        with suppress(subprocess.TimeoutExpired):
            started.wait(_PATIENCE)
        sys.stderr.write(f"mcp-foundry: the emulator did not begin; its log is {log.name}\n")
        return 1
    sys.stderr.write(f"mcp-foundry: what more it has to say goes to {log.name}\n")
    sys.stdout.write(said)
    return 0


def _new_log(folder: Path) -> IO[str]:
    folder.mkdir(parents=True, exist_ok=True)
    earlier: dict[Path, float] = {}
    for file in folder.glob("emulator-*.log"):
        with suppress(OSError):  # another start has deleted it
            earlier[file] = file.stat().st_mtime
    for old in sorted(earlier, key=lambda file: earlier[file])[: -_KEPT + 1]:
        with suppress(OSError):  # Windows keeps what is open
            old.unlink()
    return tempfile.NamedTemporaryFile(
        "w", prefix="emulator-", suffix=".log", dir=folder, delete=False
    )


def _start(words: list[str], log: IO[str]) -> subprocess.Popen[str]:
    apart: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
        apart = {"creationflags": flags}
    return subprocess.Popen(  # noqa: S603 - our own interpreter, and the words we were given
        [sys.executable, "-c", _MAIN, *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=log,
        encoding="utf-8",
        env={**os.environ, "PYTHONUTF8": "1"},
        **apart,
    )


def _listen(started: subprocess.Popen[str]) -> str:
    """Return what a process says until it closes stdout, which a clock makes it do in the end."""
    if started.stdout is None:  # pragma: no cover - a pipe was asked for
        return ""
    clock = threading.Timer(_PATIENCE, started.kill)
    clock.start()
    try:
        return started.stdout.read()
    finally:
        clock.cancel()
