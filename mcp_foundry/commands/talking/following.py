"""What follows an answer on a terminal: its sources, its files, its pictures."""

from __future__ import annotations

import sys
from base64 import b64decode
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mcp_types import CallToolResult

Json = dict[str, Any]


def show_what_follows(result: CallToolResult, *, drawn: bool) -> None:
    """Print what an answer holds beside its text, for a person to read.

    Args:
        result: What the tool answered.
        drawn: Whether more than plain text may be shown.
    """
    answer: Json = result.structured_content or {}
    for head, lines in (("Sources", _sources(answer)), ("Files", _files(answer))):
        if lines:
            told = "\n".join(f"  {line}" for line in lines)
            sys.stdout.write(f"\n{dim(head) if drawn else head}\n{told}\n")
    sys.stdout.flush()
    if drawn:
        show_pictures(result)


def show_pictures(result: CallToolResult) -> None:
    """Draw what pictures there are, where that is possible; a line has told of each."""
    pictures = [b64decode(block.data) for block in result.content if block.type == "image"]
    if not pictures:
        return
    try:
        from mcp_foundry.commands.pictures import show_picture
    except ImportError:  # textual-image is an extra
        return
    sys.stdout.flush()
    for picture in pictures:
        show_picture(picture)


def tokens_told(answer: Json) -> str:
    """Return what an answer cost, in a few words; nothing where that is not known."""
    total = answer.get("usage", {}).get("total_tokens")
    return f"{total:,} tokens" if total else ""


def dim(text: str) -> str:
    """Return a text that a terminal shows less brightly."""
    return f"\x1b[2m{text}\x1b[0m"


def _sources(answer: Json) -> list[str]:
    """Return what an answer cites, each once, in order; files that it made stand elsewhere."""
    made = [file["uri"] for file in answer.get("files", [])]
    told: dict[str, str] = {}
    for cited in answer.get("citations", []):
        identifier = cited.get("file_id", "")
        if identifier and any(identifier in uri for uri in made):
            continue
        where = cited.get("url") or cited.get("filename") or identifier or cited.get("quote", "")
        title = cited.get("title", "")
        told.setdefault(where, f"{title}  {where}" if title not in {"", where} else where)
    return [f"{number}. {source}" for number, source in enumerate(told.values(), 1)]


def _files(answer: Json) -> list[str]:
    lines: list[str] = []
    unsaved = False
    for file in answer.get("files", []):
        size = f"{file['size']:,} bytes" if "size" in file else ""
        about = ", ".join(filter(None, (file.get("mime_type", ""), size, file.get("error", ""))))
        unsaved |= not file.get("path")
        where = file.get("path") or file["uri"]
        lines.append(" ".join(filter(None, (file["name"], where, f"({about})" if about else ""))))
    if unsaved:
        lines.append("To keep files, add --save . (or another folder) to the command.")
    return lines
