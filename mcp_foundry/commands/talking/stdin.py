"""The text that comes through stdin."""

from __future__ import annotations

import io
import os
import sys
import threading
from contextlib import suppress

from mcp_foundry.commands.arguments import UsageError

_PATIENCE = 3
"""Seconds after which a person is told what is waited for."""
_BLINK = 0.1
"""Seconds after which Ctrl+C is heard at the latest; Windows hears none within a wait."""
_CHUNK = 65_536


class StdinText:
    """What stdin brings, read in the background while other things are made ready.

    In a thread that is left behind where it never ends: it holds no lock that the end of the
    process would wait for.

    Args:
        most: The most bytes that it may have.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._data = bytearray()
        self._failure: OSError | None = None
        self._thread = threading.Thread(target=self._read, daemon=True, name="stdin")
        self._thread.start()

    def text(self) -> str:
        """Wait for its end, and return it.

        Raises:
            UsageError: It is no text, or too long.
        """
        waited = 0.0
        while self._thread.is_alive():
            self._thread.join(_BLINK)
            waited += _BLINK
            if waited - _BLINK < _PATIENCE <= waited and self._thread.is_alive():
                sys.stderr.write(f"mcp-foundry: {_what_ends_it()}\n")
                sys.stderr.flush()
        if self._failure:
            raise UsageError(f"stdin cannot be read: {self._failure.strerror or self._failure}.")
        if len(self._data) > self._most:
            raise UsageError(
                f"stdin has more than {self._most:,} bytes, the most that a message may have. Send "
                "it as a file (--file PATH), or less of it."
            )
        with suppress(UnicodeDecodeError):
            text = self._data.decode("utf-8-sig")  # some editors begin UTF-8 with a mark
            if "\0" not in text:
                return text
        raise UsageError("stdin is not UTF-8 text. Send what is no text as a file: --file PATH")

    def _read(self) -> None:
        try:
            descriptor = sys.stdin.fileno()
            while len(self._data) <= self._most and (chunk := os.read(descriptor, _CHUNK)):
                self._data += chunk
        except (io.UnsupportedOperation, ValueError, AttributeError):
            return  # there is none, as where a window started the command
        except OSError as failure:
            self._failure = failure


def is_terminal() -> bool:
    """Whether a person is at stdin, so that nothing comes unless it is asked for."""
    return bool(sys.stdin and sys.stdin.isatty())


def _what_ends_it() -> str:
    if is_terminal():
        key = "Ctrl+Z and Enter" if os.name == "nt" else "Ctrl+D"
        return f"reading the message; {key} on a line of its own ends it."
    null = "NUL" if os.name == "nt" else "/dev/null"
    return f"waiting for the end of stdin. If nothing is to come from there, add < {null}"
