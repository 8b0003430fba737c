"""What the scripted model sees of a file: its type, its size, and how it begins."""

import base64
import csv
import io
from urllib.parse import unquote_to_bytes

from mcp_foundry.emulator.model.pictures import pixels
from mcp_foundry.emulator.store.files import Files
from mcp_foundry.emulator.wire.refusals import Refusal, invalid
from mcp_foundry.emulator.wire.values import Json, as_text

LONGEST = 60
MOST_COLUMNS = 20
# A file may have hundreds of megabytes, and only how it begins is told.
LOOKED_AT = 100_000
NO_FILE_CONTENT = "Empty file."


def notice_part(part: Json, files: Files) -> str:
    """Return what a part of a message holds beside its first words; nothing for plain text.

    Raises:
        Refusal: It holds what the service does not take.
    """
    kind = as_text(part.get("type"))
    if kind == "input_image":
        return _address(part, as_text(part.get("image_url")), "image", files)
    if kind == "input_file":
        given = as_text(part.get("file_data")) or as_text(part.get("file_url"))
        return _address(part, given, as_text(part.get("filename")), files)
    return ""


def notice_upload(identifier: str, files: Files) -> str:
    """Return what an upload holds."""
    found = files.uploaded(identifier)
    return f"{found.name} ({describe(found.kind, found.data)})"


def notice_text(text: str) -> str:
    """Return how a text begins."""
    return f"a text of {len(text):,} characters ({_quoted(text)})"


def describe(kind: str, data: bytes) -> str:
    """Return the type, the pixels and the bytes of a file; of a text, how it begins too."""
    told = [kind, pixels(data), f"{len(data):,} bytes"]
    if kind == "text/csv":
        told.append(f"columns {', '.join(_columns(data))}")
    elif kind.startswith("text/"):
        told.append(_quoted(data[:LOOKED_AT].decode("utf-8", "replace")))
    return ", ".join(filter(None, told))


def _address(part: Json, given: str, name: str, files: Files) -> str:
    if identifier := as_text(part.get("file_id")):
        return notice_upload(identifier, files)
    if not given.startswith("data:"):
        if not given.startswith(("https://", "http://")):
            raise invalid(f"Invalid '{name or 'file'}': expected a valid URL.", param="input")
        return f"{name or 'a file'} at {given}"
    head, _, body = given[5:].partition(",")
    kind, *options = head.split(";")
    data = unquote_to_bytes(body)
    if "base64" in options:
        try:
            data = base64.b64decode(body, validate=True)
        except ValueError:
            sentence = "Invalid base64 data."
            raise Refusal(400, "invalid_value", sentence, param="input") from None
    if not data:
        raise invalid(NO_FILE_CONTENT, param="input")
    told = describe(kind or "text/plain", data)
    return told if name == "image" else f"{name or 'a file'} ({told})"


def _columns(data: bytes) -> list[str]:
    rows = csv.reader(io.StringIO(data[:LOOKED_AT].decode("utf-8-sig", "replace")))
    first: list[str] = next(rows, [""])
    return first[:MOST_COLUMNS]


def _quoted(text: str) -> str:
    first = " ".join(text[:LOOKED_AT].split())
    return f"“{first[:LONGEST]}{'…' if len(first) > LONGEST else ''}”"
