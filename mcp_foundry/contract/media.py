"""What a file is: by its first bytes where these tell, else by its name."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mimetypes import MimeTypes

# What hosts show, and models take as a picture.
PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
PDF = "application/pdf"
UNKNOWN = "application/octet-stream"
_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", PDF),
)
_TEXTUAL = frozenset({"application/json", "application/xml", "application/yaml"})
# Names that the tables of Python 3.10 lack, or have otherwise.
_FURTHER = {".md": "text/markdown", ".webp": "image/webp", ".yaml": "application/yaml"}


def kind_of_bytes(data: bytes) -> str:
    """Return the media type that the first bytes prove; empty where they prove none."""
    for signature, kind in _SIGNATURES:
        if data.startswith(signature):
            return kind
    return "image/webp" if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else ""


def kind_of_name(name: str) -> str:
    """Return the media type that a name claims; empty where it claims none."""
    ending = name[name.rfind(".") :].lower() if "." in name else ""
    return _FURTHER.get(ending) or (_types().guess_type(f"x{ending}")[0] or "")


@cache
def _types() -> MimeTypes:
    from mimetypes import MimeTypes

    # Python's own table alone: what a system adds differs from machine to machine.
    return MimeTypes()


def kind_of(name: str, data: bytes) -> str:
    """Return what a file is; one that only claims to be a picture or a PDF is not known."""
    if proven := kind_of_bytes(data):
        return proven
    claimed = kind_of_name(name)
    return UNKNOWN if not claimed or claimed in {*PICTURES, PDF} else claimed


def text_in_bytes(data: bytes) -> str | None:
    """Return the text that a file is, or None: it is UTF-8 without a NUL."""
    if b"\0" in data:
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None


def is_textual(kind: str) -> bool:
    """Whether a media type is that of a text."""
    return kind.startswith("text/") or kind in _TEXTUAL
