"""Files that a person names in a shell, who may read them: that is leave enough to send them.

The folders of `--files` are for what a model names. What is read here travels as a `data:` URL, so
that no folder is opened to anybody else for the sake of one file.
"""

from __future__ import annotations

import re
from base64 import b64encode
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from mcp_foundry.commands.arguments import UsageError
from mcp_foundry.contract.files import FILE_ID

# A drive of Windows has one letter.
_ADDRESS = re.compile(r"(?i)(?!file:)[a-z][a-z0-9+.-]+:")


def attached(given: str, most: int, flag: str = "--file ") -> str:
    """Return what a tool takes for a file.

    Args:
        given: A path, or a `file:` URI; or what a tool takes as it is: `https:`, `data:`,
            `foundry:`, and the id of a file at the service.
        most: The most bytes that it may have.
        flag: What stood before it.

    Raises:
        UsageError: It is no file, or cannot be read or sent.
    """
    if _ADDRESS.match(given):
        return given
    try:
        path = _path(given)
    except RuntimeError:  # ~ of nobody
        path = Path(given)
    if FILE_ID.fullmatch(given) and not path.exists():
        return given
    try:
        if path.is_dir():
            raise UsageError(f"{flag}{given} is a folder. Name each file in it.")
        size = path.stat().st_size
        if size > most:
            raise UsageError(
                f"{flag}{given} has {size:,} bytes, and {most:,} are the most that may be sent."
            )
        with path.open("rb") as file:
            data = file.read(most + 1)
    except (OSError, ValueError) as wrong:
        reason = getattr(wrong, "strerror", None) or wrong
        raise UsageError(f"{flag}{given} cannot be read: {reason}.") from None
    if not data or len(data) > most:
        what = f"has more than the {most:,} bytes that may be sent" if data else "is empty"
        raise UsageError(f"{flag}{given} {what}.")
    return f"data:;name={quote(path.name, safe='')};base64,{b64encode(data).decode('ascii')}"


def _path(given: str) -> Path:
    if not given.lower().startswith("file:"):
        return Path(given).expanduser() if given.startswith("~") else Path(given)
    path = unquote(urlsplit(given).path)
    return Path(path[1:] if re.match(r"/[A-Za-z]:", path) else path)
