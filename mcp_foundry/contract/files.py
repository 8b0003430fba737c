"""Files that agents make: what a caller is told of one, and an address that any process can use.

An address is made of the service's own ids, as an `answer_id` is:

    foundry://files/CONTAINER/FILE/NAME   what a code interpreter wrote
    foundry://files/CONTAINER/NAME        the same, where only its name is known
    foundry://files/RESPONSE/CALL.png     a generated picture, which its response holds
    foundry://files/FILE/NAME             a file of the project
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote, unquote

from pydantic import BaseModel, PrivateAttr

from mcp_foundry.contract.errors import FoundryError

SCHEME = "foundry://files/"
FILE_ID = re.compile(r"(assistant|file)-[A-Za-z0-9_-]{1,100}")
"""The id of a file that was uploaded to the service."""
_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
_RESPONSE = re.compile(r"\w*resp_[A-Za-z0-9_-]+")
_CONTAINER = "cntr"
_LONGEST = 2000
# With a name, a container's file; with a name and an agent, a picture; see above.
_LONG = 3


class File(BaseModel):
    """A file that an agent made."""

    name: str
    uri: str
    mime_type: str = ""
    size: int | None = None
    path: str = ""
    error: str = ""
    # Where the answer itself brings it: base64. It never goes into a result's JSON.
    _held: str = PrivateAttr("")

    @classmethod
    def holding(cls, name: str, uri: str, encoded: str) -> File:
        """A file whose bytes came with the answer, as base64."""
        file = cls(name=name, uri=uri)
        file._held = encoded
        return file

    @property
    def held(self) -> str:
        """Its bytes in base64, where the answer brought them; else empty."""
        return self._held

    def release(self) -> None:
        """Forget the bytes: they are kept elsewhere, as long as anything is."""
        self._held = ""

    def as_text(self) -> str:
        """What it is and where, in a line."""
        size = f"{self.size:,} bytes" if self.size is not None else ""
        about = ", ".join(filter(None, (self.mime_type, size)))
        where = self.path or self.uri
        return " ".join(filter(None, (self.name, where, f"({about})" if about else "", self.error)))


@dataclass(frozen=True)
class Address:
    """Where a file is at the service.

    Attributes:
        kind: What holds it.
        place: The id of the container, of the response (`AGENT/RESPONSE` at an agent's own
            endpoint), or of the file itself.
        file: Its id within that; empty where only its name is known.
        name: What it is called; a path below the container's own folder.
    """

    kind: Literal["container", "response", "upload"]
    place: str
    file: str
    name: str

    @property
    def uri(self) -> str:
        """The address as a caller holds it."""
        if self.kind == "response":
            return f"{SCHEME}{self.place}/{quote(self.name, safe='')}"
        parts = filter(None, (self.place, self.file, self.name))
        return SCHEME + "/".join(quote(part, safe="") for part in parts)

    @classmethod
    def of(cls, uri: str) -> Address:
        """Return what an address says.

        Raises:
            FoundryError: `invalid_request`.
        """
        parts = [unquote(part) for part in uri.removeprefix(SCHEME).split("/")]
        *places, name = parts
        known = uri.startswith(SCHEME) and len(uri) <= _LONGEST and 1 < len(parts) <= _LONG
        if not known or not name or not all(map(_ID.fullmatch, places)):
            raise FoundryError(
                "invalid_request",
                f"uri {uri[:120]!r} is none of a file. Pass the uri of one of an answer's files, "
                f"such as {SCHEME}CONTAINER/FILE/NAME.",
            )
        if _RESPONSE.fullmatch(places[-1]):
            return cls("response", "/".join(places), name.partition(".")[0], name)
        if len(parts) == _LONG:
            return cls("container", places[0], places[1], name)
        kind = "container" if places[0].startswith(_CONTAINER) else "upload"
        return cls(kind, places[0], "", name)
