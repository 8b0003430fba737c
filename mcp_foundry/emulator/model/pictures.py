"""Pictures that the emulator makes: valid PNGs that differ by their words."""

import struct
import zlib
from hashlib import sha256

SIDE = 64
SIGNATURE = b"\x89PNG\r\n\x1a\n"
# A chunk that no reader knows, and every reader skips: ancillary, private, safe to copy.
FILLER = b"fiLl"
OVERHEAD = 12


def picture(words: str, size: int = 0) -> bytes:
    """Draw bars whose colours and heights come from the words.

    Args:
        words: What it shows.
        size: How many bytes it has at least.
    """
    seed = sha256(words.encode("utf-8", "replace")).digest()
    bars = [(20 + seed[each] % 44, seed[each + 1 : each + 4]) for each in range(0, 24, 3)]
    rows = bytearray()
    for row in range(SIDE):
        rows.append(0)  # no filter
        for column in range(SIDE):
            height, colour = bars[column * len(bars) // SIDE]
            rows += colour if SIDE - row <= height else b"\xff\xff\xff"
    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)
    parts = [SIGNATURE, _chunk(b"IHDR", header), _chunk(b"IDAT", zlib.compress(bytes(rows)))]
    end = _chunk(b"IEND", b"")
    missing = size - sum(map(len, parts)) - len(end) - OVERHEAD
    if missing > 0:
        parts.append(_chunk(FILLER, bytes(missing)))
    return b"".join((*parts, end))


def pixels(data: bytes) -> str:
    """Return the size of a PNG, as `64x64`; nothing where it is none."""
    if not data.startswith(SIGNATURE) or data[12:16] != b"IHDR" or len(data) < OVERHEAD * 2:
        return ""
    width, height = struct.unpack(">II", data[16:24])
    return f"{width}x{height}"


def _chunk(kind: bytes, data: bytes) -> bytes:
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))
