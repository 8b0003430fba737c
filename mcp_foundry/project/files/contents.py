"""The bytes of a file, with what they are."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Contents:
    """A file that is here.

    Attributes:
        uri: Its address, by which it is found again.
        name: What the agent calls it.
        data: Its bytes.
        kind: What it is; not what it claims to be.
        path: Where it was saved; empty where it was not.
    """

    uri: str
    name: str
    data: bytes
    kind: str
    path: str = ""
