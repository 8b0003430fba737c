"""What comes with a question: files that were read already, and how each is to travel."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

# `picture`, `document` (a PDF) and `text` go along in the request; `address` is passed on, and
# `stored` is there already; what else there is has to be uploaded.
Way = Literal["picture", "document", "text", "address", "stored", "upload"]


# A picture of a screen takes about a thousand tokens (OpenAI, images and vision).
_PICTURE = 4000


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a question.

    Attributes:
        given: What the caller wrote, by which an input may stand for it.
        name: What it is called.
        kind: Its media type; empty where only its address or its id is known.
        way: How it travels.
        content: The text, the `data:` URL, the address or the id.
        data: Its bytes, where it has to be uploaded.
        inputs: Which of the question's inputs stand for the id of its upload.
    """

    given: str
    name: str
    kind: str
    way: Way
    content: str = ""
    data: bytes = field(default=b"", repr=False)
    inputs: tuple[str, ...] = ()

    @property
    def weight(self) -> int:
        """What it takes of a model's context, told in bytes of text, roughly."""
        return len(self.content) if self.way == "text" else _PICTURE
