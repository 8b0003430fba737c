"""Server-sent events as name and data."""

import json
from typing import Any

Frame = tuple[str, Any]


def frames(raw: bytes) -> list[Frame]:
    """The events of a complete stream; data that is not JSON stays text."""
    events: list[Frame] = []
    for block in raw.decode().replace("\r\n", "\n").split("\n\n"):
        lines = [line for line in block.split("\n") if line and not line.startswith(":")]
        if lines:
            data = lines[1].removeprefix("data: ")
            events.append(
                (lines[0].removeprefix("event: "), data if data[0] == "[" else _json(data))
            )
    return events


def _json(data: str) -> object:
    try:
        value: object = json.loads(data)
    except ValueError:
        return data
    return value
