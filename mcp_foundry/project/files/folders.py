"""Files read from disk for a question: only below the folders that the person named.

A path argument on a server that talks to a cloud is a way out for any secret on the disk, so that
nothing is read by default, and a path is looked at in this order: is it within a folder by its
words alone, where does it really lead, and is what was opened that very file.
"""

from __future__ import annotations

import os
import re
import stat
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from mcp_foundry.contract.errors import FoundryError

if TYPE_CHECKING:
    from collections.abc import Sequence

_NO_LINKS = getattr(os, "O_NOFOLLOW", 0)
_PLAIN = os.O_RDONLY | _NO_LINKS | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
# A pipe is not waited for until somebody writes to it.
_AT_ONCE = getattr(os, "O_NONBLOCK", 0)
_FOLDERS = getattr(os, "O_DIRECTORY", 0)
# Devices of Windows, in any folder, with any ending.
_DEVICE = re.compile(r"(?i)(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])\s*([.:].*)?")
_HOW_TO_ALLOW = (
    "The person who runs this server can name the folder in MCP_FOUNDRY_FILES (over HTTP, "
    "MCP_FOUNDRY_HTTP_FILES=on is needed, too)."
)


def read_file(given: str, folders: Sequence[str], most: int) -> tuple[str, bytes]:
    """Return the name and the bytes of a file below one of the folders.

    Args:
        given: A path, absolute or below the first folder, or a `file:` URI.
        folders: Those that are allowed.
        most: The most bytes that it may have.

    Raises:
        FoundryError: `not_allowed`, which does not say whether there is such a file;
            `invalid_request` for one that is allowed and cannot be sent.
    """
    path = _path_in(given)
    for folder in folders:
        root = os.path.realpath(folder)
        inside = _inside(path, folder, root)
        if inside is None or not _is_plain(inside):
            continue
        real = os.path.realpath(os.path.join(root, inside))
        really = _below(real, root)
        if really is not None and _is_plain(really):
            return os.path.basename(real), _read(root, really, given, most)
    raise FoundryError(
        "not_allowed",
        f"files: {given[:120]!r} may not be read: it is in no folder that is allowed, is a link "
        f"out of one, or has a part that begins with a dot. {_HOW_TO_ALLOW}",
    )


def _path_in(given: str) -> str:
    if not given.lower().startswith("file:"):
        return given
    address = urlsplit(given)
    host = address.netloc if address.netloc.lower() != "localhost" else ""
    path = unquote(address.path)
    # `file:///C:/x` is C:/x; one with a host is a share, which `_inside` refuses.
    if re.match(r"/[A-Za-z]:", path):
        path = path[1:]
    return f"//{host}{path}" if host else path


def _inside(path: str, folder: str, root: str) -> str | None:
    """Return a path below a folder by its words alone; nothing is looked at on the disk."""
    if "\0" in path or path.startswith(("//", "\\\\")) or not path:
        return None
    if not os.path.isabs(path):
        path = os.path.join(folder, path)
    whole = os.path.normpath(path)
    within = _below(whole, os.path.normpath(folder))
    return within if within is not None else _below(whole, root)


def _below(path: str, folder: str) -> str | None:
    """Return the part of a path below a folder; None where it is not."""
    start = os.path.join(os.path.normcase(folder), "")
    if not os.path.normcase(path).startswith(start):
        return None
    return path[len(start) :] or None


def _is_plain(relative: str, *, windows: bool = os.name == "nt") -> bool:
    """Whether no part of a path is hidden, leads up, or is a device or a stream of Windows."""
    parts = re.split(r"[\\/]" if windows else "/", relative)
    if any(part.startswith(".") for part in parts):
        return False
    return not (windows and any(":" in part or _DEVICE.fullmatch(part) for part in parts))


def _read(root: str, relative: str, given: str, most: int) -> bytes:
    try:
        descriptor = _open(root, relative)
        try:
            before = os.fstat(descriptor)
            _check(before, given, most)
            with os.fdopen(descriptor, "rb", closefd=False) as file:
                data = file.read(before.st_size + 1)
            after = os.fstat(descriptor)
        finally:
            os.close(descriptor)
    except OSError as wrong:
        reason = wrong.strerror or wrong
        raise FoundryError(
            "invalid_request", f"files: {given[:120]!r} cannot be read: {reason}."
        ) from wrong
    same = (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)
    if len(data) != before.st_size or not same:
        raise FoundryError(
            "invalid_request",
            f"files: {given[:120]!r} changed while it was read. Pass it again once it is whole.",
        )
    return data


def _check(found: os.stat_result, given: str, most: int) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise FoundryError("invalid_request", f"files: {given[:120]!r} is no regular file.")
    if not found.st_size:
        raise FoundryError("invalid_request", f"files: {given[:120]!r} is empty.")
    if found.st_size > most:
        raise FoundryError(
            "invalid_request",
            f"files: {given[:120]!r} has {found.st_size:,} bytes, and {most:,} are the most that "
            "may be sent.",
        )


def _open(root: str, relative: str) -> int:
    """Open a file below a folder, following no link on the way.

    Each part is opened within the one before, so that none can be swapped for a link meanwhile.
    Where the platform cannot do that (Windows), what was opened is compared with what its path
    leads to by then.
    """
    *folders, name = relative.split(os.sep)
    if os.open not in os.supports_dir_fd:  # pragma: no cover - Windows
        return _open_whole(root, relative)
    within = os.open(root, _PLAIN & ~_NO_LINKS | _FOLDERS)
    try:
        for folder in folders:
            deeper = os.open(folder, _PLAIN | _FOLDERS, dir_fd=within)
            os.close(within)
            within = deeper
        return os.open(name, _PLAIN | _AT_ONCE, dir_fd=within)
    finally:
        os.close(within)


def _open_whole(root: str, relative: str) -> int:
    path = os.path.join(root, relative)
    descriptor = os.open(path, _PLAIN | _AT_ONCE)
    moved = os.path.realpath(path) != path
    if moved or not os.path.samestat(os.fstat(descriptor), os.stat(path)):
        os.close(descriptor)
        raise OSError("it was replaced meanwhile")
    return descriptor
