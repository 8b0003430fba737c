"""The standard streams, redirected away from whoever prints."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress

_STDIN, _STDOUT, _STDERR = 0, 1, 2


def redirect_stdio() -> tuple[int, int]:
    """Keeps stdin and stdout for the protocol alone, until the process ends.

    From here on descriptor 0 reads as empty and what is written to descriptor 1 (a stray print, a
    child process) appears on stderr, as with the SDK's own transport.

    Returns:
        The descriptors to read requests from and to write answers to.

    Raises:
        OSError: stdout is closed.
    """
    if sys.stdout is None:
        raise OSError(errno.EBADF, "stdout is closed, so that there is no client to serve")
    empty = os.open(os.devnull, os.O_RDWR)
    # Where Python found a stream closed, its number is somebody else's by now: the loop's, even.
    stdin = os.dup(empty if sys.stdin is None else _STDIN)
    stdout = os.dup(_STDOUT)
    if sys.stdin is not None:
        _divert(_STDIN, empty)
    _divert(_STDOUT, empty if sys.stderr is None else _STDERR)
    os.close(empty)
    return stdin, stdout


def _divert(standard: int, to: int) -> None:
    os.dup2(to, standard)
    if sys.platform == "win32":  # pragma: no cover - runs on Windows alone
        from mcp.os.win32.utilities import rebind_std_handle_to_fd

        with suppress(OSError):  # children inherit the handle, which dup2 does not move
            rebind_std_handle_to_fd(standard)
