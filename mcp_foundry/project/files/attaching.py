"""The files of a question: what each string means, and how what it means can travel.

Pictures, PDF files and texts go along in the request. An upload takes five seconds, and no agent of
the current generation sees one that no declared input names, so that only such files are uploaded
(classic agents take any, in the message).
"""

from __future__ import annotations

import logging
import re
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, unquote_to_bytes, urlsplit

import anyio.to_thread

from mcp_foundry.agents.attachments import Attachment
from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.contract.files import FILE_ID, SCHEME
from mcp_foundry.contract.identifiers import is_classic
from mcp_foundry.contract.media import (
    PDF,
    PICTURES,
    UNKNOWN,
    kind_of_bytes,
    kind_of_name,
    text_in_bytes,
)
from mcp_foundry.project.files.folders import read_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mcp_foundry.project.files.bringing import Files
    from mcp_foundry.settings.values import Settings

logger = logging.getLogger(__name__)

_MOST = 10
# A text larger than this is no part of a message any more; in bytes.
_LONGEST_TEXT = 200 * 1024
_LARGE = 1024 * 1024
_SHOWN = 80


class _Read(NamedTuple):
    """What is here: its name, its bytes, what it claims to be, and its base64 if that is known."""

    name: str
    data: bytes
    claimed: str
    encoded: str = ""


class Attaching:
    """Makes attachments of what callers pass as `files`.

    Args:
        settings: What may be read, and how much.
        files: Those of earlier answers.
    """

    def __init__(self, settings: Settings, files: Files) -> None:
        self._settings = settings
        self._files = files

    async def attached(
        self, given: Sequence[str], inputs: Mapping[str, object], agent: str
    ) -> tuple[Attachment, ...]:
        """Return what goes with a question.

        Args:
            given: What the caller passed.
            inputs: Values of the agent's inputs; one that equals a file stands for its upload.
            agent: Who is asked.

        Raises:
            FoundryError: `invalid_request`, `not_allowed` or `file_gone`; nothing was sent.
        """
        if len(given) > _MOST:
            raise _refused(f"{len(given)} files came, and {_MOST} are the most for one question.")
        attached: list[Attachment] = []
        size = 0
        for each in dict.fromkeys(given):
            names = tuple(name for name, value in inputs.items() if value == each)
            file, data = await self._one(each, names, agent)
            attached.append(file)
            size += data
            if size > self._settings.limits.files_sent:
                most = self._settings.limits.files_sent
                raise _refused(f"they have more than {most:,} bytes, the most for one question.")
        return tuple(attached)

    async def _one(self, given: str, inputs: tuple[str, ...], agent: str) -> tuple[Attachment, int]:
        if FILE_ID.fullmatch(given):
            return Attachment(given, given, "", "stored", given, inputs=inputs), 0
        if re.match(r"(?i)https?://", given):
            return _address(given, inputs, agent), 0
        read = await self._read(given)
        size, most = len(read.data), self._settings.limits.file
        if not size or size > most:
            what = f"has {size:,} bytes, more than the {most:,} of one" if size else "is empty"
            raise _refused(f"'{read.name[:_SHOWN]}' {what}.")
        logger.info("Attaching %r (%s bytes)", read.name[:_SHOWN], size)
        if size < _LARGE:
            return _routed(read, given, inputs, agent), size
        return await anyio.to_thread.run_sync(_routed, read, given, inputs, agent), size

    async def _read(self, given: str) -> _Read:
        if given[:5].lower() == "data:":
            if len(given) < _LARGE:
                return _of_data_url(given)
            return await anyio.to_thread.run_sync(_of_data_url, given)
        if given.startswith(SCHEME):
            found = await self._files.get(given)
            return _Read(found.name, found.data, found.kind)
        if re.match(r"(?i)[a-z][a-z0-9+.-]+:", given) and not given.lower().startswith("file:"):
            raise _refused(
                f"'{given[:_SHOWN]}' is none that can be sent. Pass a path, data:TYPE;name=NAME;"
                f"base64,…, https://…, the id of a file at the service, or {SCHEME}…."
            )
        folders, most = self._settings.files, self._settings.limits.file
        name, data = await anyio.to_thread.run_sync(read_file, given, folders, most)
        return _Read(name, data, kind_of_name(name))


def _of_data_url(given: str) -> _Read:
    """`data:TYPE;name=NAME;base64,…`, as proposals for MCP have it (SEP-2356, SEP-2631)."""
    comma = given.find(",")  # a partition would copy what may be megabytes twice
    head, body = given[5:comma], given[comma + 1 :]
    kind, *options = head.split(";")
    named = {option.partition("=")[0]: option.partition("=")[2] for option in options}
    name = unquote(named.get("name") or named.get("filename") or "file")
    inline = "base64" in options
    data = b""
    try:
        data = b64decode(body, validate=True) if inline else unquote_to_bytes(body)
    except ValueError:
        comma = -1
    if comma < 0:
        raise _refused(
            f"'{given[:_SHOWN]}' is no data: URL. Write data:TYPE;name=NAME;base64,… with the "
            "bytes in base64."
        )
    encoded = body if inline and _is_base64_of(data, body) else ""
    return _Read(name, data, kind.strip().lower() or kind_of_name(name), encoded)


def _is_base64_of(data: bytes, body: str) -> bool:
    """Whether what decodes to some bytes is what they encode to: its end might be another."""
    end = data[-(len(data) % 3 or 3) :]
    return len(body) == (len(data) + 2) // 3 * 4 and body.endswith(b64encode(end).decode())


def _address(given: str, inputs: tuple[str, ...], agent: str) -> Attachment:
    parts = urlsplit(given)
    if parts.scheme.lower() != "https" or not parts.hostname or parts.username:
        raise _refused(
            f"'{given[:_SHOWN]}' is no https address without a user. The service fetches it, not "
            "this server."
        )
    name = unquote(parts.path.rpartition("/")[2])
    kind = kind_of_name(name)
    if is_classic(agent) and kind not in {"", *PICTURES}:
        raise _refused(f"'{given[:_SHOWN]}': classic agents take only pictures by address.")
    return Attachment(given, name, kind, "address", given, inputs=inputs)


def _routed(read: _Read, given: str, inputs: tuple[str, ...], agent: str) -> Attachment:
    name, data, claimed, encoded = read
    proven = kind_of_bytes(data)
    if not proven and (claimed in {*PICTURES, PDF} or claimed.startswith("image/")):
        raise _refused(f"'{name[:_SHOWN]}' claims to be {claimed}, and its content is none.")
    kind = proven or claimed or UNKNOWN
    if not inputs:
        if proven in PICTURES:
            return Attachment(
                given, name, kind, "picture", _data_url(kind, encoded or b64encode(data).decode())
            )
        if proven == PDF and not is_classic(agent):
            return Attachment(
                given, name, kind, "document", _data_url(kind, encoded or b64encode(data).decode())
            )
        text = text_in_bytes(data) if not proven and len(data) <= _LONGEST_TEXT else None
        if text is not None:
            return Attachment(given, name, kind, "text", text)
        if not is_classic(agent):
            raise _refused(
                f"'{name[:_SHOWN]}' ({kind}, {len(data):,} bytes) can only be uploaded, and "
                f"agent '{agent}' sees an upload only where a declared input names it. Declare "
                "one in its version, with {{NAME}} among the file_ids of its code_interpreter, "
                "and pass inputs={NAME: this file} too."
            )
    return Attachment(given, name, kind, "upload", data=data, inputs=inputs)


def _data_url(kind: str, encoded: str) -> str:
    return f"data:{kind};base64,{encoded}"


def _refused(sentence: str) -> FoundryError:
    return FoundryError("invalid_request", f"files: {sentence} Nothing was asked.")
