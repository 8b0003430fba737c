"""A client's configuration as a file: read, backed up beside it, and replaced in one step."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

_MARK = "\ufeff"


class FileError(Exception):
    """A file cannot be read or written; the message says which, why, and what to do."""


class ConfigurationFile:
    """A file, and the text that is in it.

    Args:
        path: Where it is; it need not be there.

    Attributes:
        path: Where it is.
        text: What is in it; "" where it is not there.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        # What is replaced is what a link leads to, so that it stays a link.
        self._target = Path(os.path.realpath(path))
        self._bytes = self._read()
        try:
            text = (self._bytes or b"").decode()
        except UnicodeDecodeError as wrong:
            raise FileError(
                f"{path} is no UTF-8 text (byte {wrong.start + 1}), so it stays as it is. Save it "
                "as UTF-8, then run this again."
            ) from None
        self._mark = _MARK if text.startswith(_MARK) else ""
        self.text = text.removeprefix(_MARK)

    def _read(self) -> bytes | None:
        try:
            return self._target.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as wrong:
            raise _fault(self.path, "read", wrong) from None

    def write(self, text: str) -> Path | None:
        """Replace what is in the file, and keep what was in it.

        Returns:
            The copy that was made, or None where there was no file.

        Raises:
            FileError: It cannot be written, or another program has changed it meanwhile.
        """
        try:
            new = f"{self._mark}{text}".encode()
        except UnicodeEncodeError:
            raise FileError("The command's path is no text, so no file can hold it.") from None
        copy = None
        try:
            self._target.parent.mkdir(parents=True, exist_ok=True)
            if self._bytes is not None:
                # One that is read-only is meant to stay as it is, though it could be replaced.
                self._target.open("r+b").close()
                copy = self._back_up(self._bytes)
            self._replace(new)
        except OSError as wrong:
            raise _fault(self.path, "written", wrong) from None
        return copy

    def _back_up(self, old: bytes) -> Path:
        """Write what was there beside it, under a name that is free."""
        number = 1
        while True:
            ending = f".{number}" if number > 1 else ""
            copy = self.path.with_name(f"{self.path.name}.before-foundry{ending}")
            try:
                file = open(copy, "xb", opener=self._no_more_open)  # noqa: SIM115 - closed below
            except FileExistsError:
                if copy.is_file() and copy.read_bytes() == old:
                    return copy
                number += 1
                continue
            try:
                with file:
                    file.write(old)
            except OSError:
                copy.unlink()
                raise
            return copy

    def _no_more_open(self, name: str, flags: int) -> int:
        """Open a copy for those who may read the file: it may hold secrets."""
        return os.open(name, flags, self._mode())

    def _replace(self, new: bytes) -> None:
        opened, name = tempfile.mkstemp(prefix=f".{self.path.name}.", dir=self._target.parent)
        temporary = Path(name)
        try:
            with os.fdopen(opened, "wb") as file:
                file.write(new)
                file.flush()
                os.fsync(file.fileno())
            if self._bytes is not None:
                temporary.chmod(self._mode())
            self._check_unchanged()
            temporary.replace(self._target)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise

    def _check_unchanged(self) -> None:
        if self._read() != self._bytes:
            raise FileError(
                f"{self.path} was changed by another program meanwhile, so it stays as it is. "
                "Close the client, then run this again."
            )

    def _mode(self) -> int:
        return self._target.stat().st_mode & 0o777


def _fault(path: Path, what: str, wrong: OSError) -> FileError:
    reason = wrong.strerror or str(wrong)
    where = f" ({wrong.filename})" if wrong.filename and str(wrong.filename) != str(path) else ""
    return FileError(
        f"{path} cannot be {what}: {reason}{where}. Make it a file that you may read and write, in "
        "a folder that you may write to; or add what `--print` shows by hand."
    )
