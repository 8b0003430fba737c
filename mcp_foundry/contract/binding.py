"""Ids bound to the caller who was given them: an id alone opens nothing, whoever found it.

A bound id carries a proof behind a dot, 22 characters of an HMAC over the project, the caller and
the id. Any replica that has the keys can check it, and nobody has to remember anything. The proof
is no secret from its owner, and worth nothing to anybody else.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING, Any, cast

from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.contract.files import SCHEME

if TYPE_CHECKING:
    from collections.abc import Sequence

_PROOF = 22
"""Characters: 128 bits."""
_BATCH = "batch_"
_PURPOSE = b"mcp-foundry id v1"


class Binding:
    """Binds ids to one caller, and opens them.

    Args:
        keys: The first one signs, all are accepted; none: ids are left as they are.
        place: Where ids are from: the project's endpoint.
        owner: The caller, as `Caller.key` names one.
    """

    def __init__(self, keys: Sequence[bytes] = (), place: str = "", owner: str = "") -> None:
        about = b"\0".join((_PURPOSE, place.encode(), owner.encode(), b""))
        self._hashes = [hmac.new(key, about, "sha256") for key in keys]

    @property
    def binds(self) -> bool:
        """Whether ids are bound at all."""
        return bool(self._hashes)

    def bind(self, identifier: str) -> str:
        """Return an id as this caller may hold it; what is no id (none, `new`) as it is."""
        if not self._hashes or identifier in {"", "new"}:
            return identifier
        before, head, after = _parts(identifier)
        return f"{before}{head}.{_proof(self._hashes[0], _signed(identifier))}{after}"

    def open(self, bound: str, kind: str) -> str:
        """Return the id that was bound to this caller.

        Args:
            bound: As the caller gave it.
            kind: What it is of, for the message: a `conversation`, an `answer`, a `file` …

        Raises:
            FoundryError: `conversation_not_found` (`file_gone`): it was bound to nobody, or to
                somebody else, or was altered. Which of these is not told.
        """
        if not self._hashes or bound in {"", "new"}:
            return bound
        before, head, after = _parts(bound)
        bare, dot, proof = head.rpartition(".")
        identifier = f"{before}{bare}{after}"
        signed, given = _signed(identifier), proof.encode()
        right = any(
            hmac.compare_digest(_proof(each, signed).encode(), given) for each in self._hashes
        )
        if dot and right:
            return identifier
        raise FoundryError(
            "file_gone" if kind == "file" else "conversation_not_found",
            f"{kind} '{bound[:200]}' is not there. Pass the id whole, as an earlier answer of "
            "yours gave it; an id belongs to the one person who was given it.",
        )

    def told(self, sentence: str, given: object) -> str:
        """Return a sentence about what was called with these arguments, in the caller's own ids."""
        for bound in _texts(given):
            try:
                bare = self.open(bound, "")
            except FoundryError:
                continue
            if bare != bound:
                sentence = sentence.replace(bound, bare).replace(bare, bound)
        return sentence


def without_proof(identifier: str) -> str:
    """Return an id as the service has it, whoever it was bound to."""
    before, head, after = _parts(identifier)
    bare, dot, proof = head.rpartition(".")
    return f"{before}{bare}{after}" if dot and len(proof) == _PROOF else identifier


def _parts(identifier: str) -> tuple[str, str, str]:
    """Return what comes before the place of the proof, what it stands behind, and the rest.

    A file's name stays at the end, where hosts look for it; so does the number of a batch's answer.
    """
    for before in (SCHEME, _BATCH):
        if identifier.startswith(before):
            head, slash, after = identifier.removeprefix(before).partition("/")
            return before, head, f"{slash}{after}"
    return "", identifier, ""


def _signed(identifier: str) -> str:
    return identifier.partition("/")[0] if identifier.startswith(_BATCH) else identifier


def _proof(about: hmac.HMAC, identifier: str) -> str:
    mac = about.copy()
    mac.update(identifier.encode(errors="replace"))
    return urlsafe_b64encode(mac.digest()[:16])[:_PROOF].decode("ascii")


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for each in cast("dict[str, Any]", value).values() for text in _texts(each)]
    if isinstance(value, list | tuple):
        return [text for each in cast("list[Any]", value) for text in _texts(each)]
    return []
