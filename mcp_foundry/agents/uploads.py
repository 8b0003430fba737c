"""Files that have to be at the service before they can be asked about."""

from __future__ import annotations

import logging
from collections import OrderedDict
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

import anyio

from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.contract.json import text_in

if TYPE_CHECKING:
    from mcp_foundry.agents.attachments import Attachment
    from mcp_foundry.agents.question import Question
    from mcp_foundry.contract.json import Json
    from mcp_foundry.service.wire import Wire

logger = logging.getLogger(__name__)

# The other purposes are refused (Microsoft Learn, openai/how-to/responses, March 2026).
_FIELDS = {"purpose": "assistants"}
# A conversation may need them for so long; what is given no end stays for ever.
_LIFE = {"expires_after[anchor]": "created_at", "expires_after[seconds]": "86400"}
# Within the life of what is remembered, so that no id is used that is about to end.
_FRESH = 43_200
_REMEMBERED = 500
_WRONG = 400


class Uploads:
    """Sends files, each content once: an upload takes five seconds (recorded).

    Args:
        wire: The way to the service.
        path: Where files are sent.
    """

    def __init__(self, wire: Wire, path: str) -> None:
        self._wire = wire
        self._path = path
        self._known: OrderedDict[bytes, tuple[float, str]] = OrderedDict()
        self._sending: dict[bytes, anyio.Lock] = {}
        self._life: Json = _LIFE

    async def sent(self, question: Question) -> Question:
        """Return a question whose files are at the service, as far as they have to be.

        Raises:
            FoundryError: One could not be sent; then nothing is asked.
        """
        waiting = [each for each in question.files if each.way == "upload"]
        if not waiting:
            return question
        ids: dict[str, str] = {}
        failures: list[FoundryError] = []

        async def send(file: Attachment) -> None:
            try:
                ids[file.given] = await self._id_of(file)
            except FoundryError as failure:
                failures.append(failure)

        async with anyio.create_task_group() as tasks:
            for file in waiting:
                tasks.start_soon(send, file)
        if failures:
            raise failures[0]
        inputs = dict(question.inputs)
        for file in waiting:
            inputs |= dict.fromkeys(file.inputs, ids[file.given])
        files = tuple(
            replace(each, way="stored", content=ids[each.given], data=b"")
            if each.way == "upload"
            else each
            for each in question.files
        )
        return replace(question, inputs=inputs, files=files)

    async def _id_of(self, file: Attachment) -> str:
        key = sha256(f"{file.name}\0".encode("utf-8", "replace") + file.data).digest()
        async with self._sending.setdefault(key, anyio.Lock()):
            now = anyio.current_time()
            sent, identifier = self._known.get(key, (0.0, ""))
            if not identifier or now - sent > _FRESH:
                identifier = await self._send(file)
                self._known[key] = now, identifier
        self._sending.pop(key, None)
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return identifier

    async def _send(self, file: Attachment) -> str:
        about = f"file '{file.name}'"
        upload = (file.name, file.data, file.kind)
        try:
            made = await self._wire.upload(self._path, about, _FIELDS | self._life, upload)
        except FoundryError as refusal:
            if refusal.status != _WRONG or not self._life or "expires" not in str(refusal):
                raise refusal.told_as(
                    f"{refusal} It was not sent, and nothing was asked."
                ) from refusal
            self._life = {}
            made = await self._wire.upload(self._path, about, _FIELDS, upload)
        logger.info("Sent %r (%s bytes)", file.name, len(file.data))
        if identifier := text_in(made.get("id")):
            return identifier
        raise FoundryError("service_unavailable", f"{about}: the service took it without an id.")
