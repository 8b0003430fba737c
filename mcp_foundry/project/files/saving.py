"""Files saved to the folder that the person chose, under names that an agent chose: a stranger."""

from __future__ import annotations

import os
import unicodedata
from contextlib import suppress
from pathlib import Path

from mcp_foundry.contract.errors import FoundryError

_LONGEST = 120
_LONGEST_BYTES = 200
_LONGEST_ENDING = 12
_MOST_OF_ONE_NAME = 1000
# Devices of Windows, with any ending; and what its file systems take in no name.
_RESERVED = frozenset(
    ("CON", "PRN", "AUX", "NUL", *(f"{port}{n}" for port in ("COM", "LPT") for n in range(10)))
)
_FORBIDDEN = str.maketrans(dict.fromkeys('<>:"|?*', "_"))
# Where the platform has them: a link in the place of the file is not followed, and a child process
# does not inherit the descriptor.
_CAREFULLY = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


def safe_name(name: str) -> str:
    """Return a name under which a file can be saved on any platform, and nowhere but in its folder.

    No folder, no control or invisible character, no device, not hidden, not too long.
    """
    base = name.replace("\\", "/").rpartition("/")[2]
    visible = "".join(each for each in base if not unicodedata.category(each).startswith("C"))
    plain = visible.translate(_FORBIDDEN).strip(" .") or "file"
    if plain.partition(".")[0].strip().upper() in _RESERVED:
        plain = f"_{plain}"
    stem, dot, ending = plain.rpartition(".")
    if not dot or len(ending) > _LONGEST_ENDING:
        stem, ending = plain, ""
    kept = len(ending) + 1
    stem = stem[: _LONGEST - kept].encode()[: _LONGEST_BYTES - kept * 4].decode(errors="ignore")
    return f"{stem}.{ending}" if ending else stem


class Folder:
    """The folder; which file has which path is remembered, so that none is there twice.

    Args:
        path: The folder.
    """

    def __init__(self, path: str) -> None:
        self._path = Path(path)
        self._owners: dict[str, str] = {}

    def save(self, uri: str, name: str, data: bytes) -> str:
        """Save a file and return its path; of two of one name, the later gets a number.

        One that is there already, from an earlier process, is not written again.

        Raises:
            FoundryError: `not_allowed`: the folder cannot be written to.
        """
        stem, dot, ending = safe_name(name).rpartition(".")
        stem, ending = (stem, f".{ending}") if dot else (ending, "")
        for number in range(1, _MOST_OF_ONE_NAME):
            mark = "" if number == 1 else f"-{number}"
            path = self._path / f"{stem}{mark}{ending}"
            owner = self._owners.get(str(path), uri)
            if owner == uri and _is_there(path, data):
                return self._own(path, uri)
            try:
                _write(path, data)
            except FileExistsError:
                continue
            except OSError as wrong:
                raise FoundryError(
                    "not_allowed",
                    f"'{path.name}' cannot be saved in {self._path} ({wrong.strerror or wrong}). "
                    "Free that folder, or name another in MCP_FOUNDRY_SAVE.",
                ) from wrong
            return self._own(path, uri)
        raise FoundryError(
            "not_allowed",
            f"{self._path} has {_MOST_OF_ONE_NAME:,} files of the name '{safe_name(name)}'. Clear "
            "it, or name another folder in MCP_FOUNDRY_SAVE.",
        )

    def _own(self, path: Path, uri: str) -> str:
        self._owners[str(path)] = uri
        return str(path)


def _is_there(path: Path, data: bytes) -> bool:
    with suppress(OSError):
        if path.is_symlink() or not path.is_file() or path.stat().st_size != len(data):
            return False
        descriptor = os.open(path, os.O_RDONLY | _CAREFULLY)
        with os.fdopen(descriptor, "rb") as file:
            return file.read(len(data) + 1) == data
    return False


def _write(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _CAREFULLY, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
    except OSError:
        path.unlink(missing_ok=True)  # half a file helps nobody
        raise
