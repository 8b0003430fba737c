"""What answers say of files, and what is in a picture."""

import struct
import zlib
from typing import Any

from openai.types.responses import Response
from openai.types.responses.response_output_text import AnnotationContainerFileCitation

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def text_and_notes(response: Response) -> tuple[str, list[AnnotationContainerFileCitation]]:
    """The text of the last message, and its citations of files in containers."""
    message = response.output[-1]
    assert message.type == "message"
    part = message.content[0]
    assert part.type == "output_text"
    return part.text, [
        note for note in part.annotations if isinstance(note, AnnotationContainerFileCitation)
    ]


def cited(response: Response) -> list[AnnotationContainerFileCitation]:
    """The citations of files in containers."""
    return text_and_notes(response)[1]


def container_of(item: Any) -> str:  # noqa: ANN401 - any kind of output item
    """In which container code was run."""
    assert item.type == "code_interpreter_call"
    return str(item.container_id)


def chunks(png: bytes) -> list[tuple[bytes, bytes]]:
    """The chunks of a PNG, each with its checksum right."""
    assert png.startswith(SIGNATURE)
    found: list[tuple[bytes, bytes]] = []
    position = len(SIGNATURE)
    while position < len(png):
        (length,) = struct.unpack_from(">I", png, position)
        kind, data = png[position + 4 : position + 8], png[position + 8 : position + 8 + length]
        (checksum,) = struct.unpack_from(">I", png, position + 8 + length)
        assert checksum == zlib.crc32(kind + data)
        found.append((kind, data))
        position += 12 + length
    return found


def rows(png: bytes) -> list[bytes]:
    """The rows of a PNG of unfiltered RGB."""
    parts = chunks(png)
    (kind, header), (last, _) = parts[0], parts[-1]
    assert (kind, last) == (b"IHDR", b"IEND")
    width, height, *how = struct.unpack(">IIBBBBB", header)
    assert how == [8, 2, 0, 0, 0]
    raw = zlib.decompress(b"".join(data for kind, data in parts if kind == b"IDAT"))
    stride = 1 + 3 * width
    assert len(raw) == stride * height
    found = [raw[each * stride : (each + 1) * stride] for each in range(height)]
    assert {row[0] for row in found} == {0}
    return [row[1:] for row in found]
