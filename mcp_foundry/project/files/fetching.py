"""The bytes of a file, from wherever the service has them."""

from __future__ import annotations

import posixpath
from base64 import b64decode
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

import anyio.to_thread

from mcp_foundry.agents.question import RunIds
from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.contract.json import objects_in, text_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp_foundry.agents.generation import Generations
    from mcp_foundry.contract.files import Address
    from mcp_foundry.service.wire import Wire

_FOLDER = "/mnt/data"
# How the service says that something is not there, or not any more.
_GONE = frozenset({404, 410})
_MOST_PAGES = 20
# Decoding more than this would hold up other calls.
_LARGE = 1024 * 1024


class Fetching:
    """Reads files.

    Args:
        wire: The way to the service.
        generations: Tell of pictures that a response holds.
        most: Bytes of one file.
        check: Told whose answer a picture is in; raises where that agent may not be asked.
    """

    def __init__(
        self, wire: Wire, generations: Generations, most: int, check: Callable[[str], None]
    ) -> None:
        self._check = check
        self._wire = wire
        self._generations = generations
        self._most = most

    async def fetch(self, address: Address) -> tuple[Address, bytes]:
        """Return a file, and where exactly it is.

        Raises:
            FoundryError: `file_gone`, or why else it cannot be had.
        """
        about = f"file '{address.name}'"
        try:
            if address.kind == "response":
                return address, await self._drawn(address)
            if address.kind == "upload":
                return address, await self._uploaded(address, about)
            if not address.file:
                address = await self._listed(address, about)
            path = f"{_files_of(address.place)}/{quote(address.file, safe='')}/content"
            return address, await self._wire.download(path, about, self._most)
        except FoundryError as failure:
            if failure.status not in _GONE:
                raise
            raise _gone(address) from failure

    async def _listed(self, address: Address, about: str) -> Address:
        """Return the address of a file of which only the name is known."""
        wanted = posixpath.join(_FOLDER, address.name)
        after = ""
        for _ in range(_MOST_PAGES):
            path = f"{_files_of(address.place)}?limit=100&order=asc{after}"
            page = await self._wire.fetch("GET", path, about)
            files = objects_in(page.get("data"))
            for file in reversed(files):
                if text_in(file.get("path")) == wanted:
                    name = posixpath.basename(address.name)
                    return replace(address, file=text_in(file.get("id")), name=name)
            if not (files and page.get("has_more")):
                break
            after = f"&after={quote(text_in(files[-1].get('id')), safe='')}"
        raise _gone(address)

    async def _uploaded(self, address: Address, about: str) -> bytes:
        """Return a file of the project, which both generations call by one id."""
        name = quote(address.place, safe="")
        try:
            path = f"/files/{name}/content?api-version=v1"
            return await self._wire.download(path, about, self._most)
        except FoundryError as failure:
            if failure.status not in _GONE:
                raise
        return await self._wire.download(f"/openai/v1/files/{name}/content", about, self._most)

    async def _drawn(self, address: Address) -> bytes:
        ids = RunIds.of(address.place)
        answer = await self._generations.of(ids.conversation_id).fetch(ids)
        self._check(answer.agent)
        held = [file.held for file in answer.files if file.uri == address.uri]
        if not held or not held[0]:
            raise _gone(address)
        return await decoded(held[0], address.name)


def _files_of(container: str) -> str:
    return f"/openai/v1/containers/{quote(container, safe='')}/files"


def _gone(address: Address) -> FoundryError:
    holder = {
        "container": f"the sandbox that held '{address.name}' has ended (20-30 idle minutes), or "
        "never had it",
        "response": f"the answer that held '{address.name}' is no longer there, or without it",
        "upload": f"'{address.name}' is not in the project any more",
    }[address.kind]
    return FoundryError("file_gone", f"{holder}; ask the agent to make it again.")


async def decoded(encoded: str, name: str) -> bytes:
    """Return what base64 stands for; much of it is decoded in a thread.

    Raises:
        FoundryError: It is none.
    """

    def decode() -> bytes:
        try:
            return b64decode(encoded, validate=True)
        except ValueError as wrong:
            raise FoundryError(
                "service_unavailable", f"'{name}' came in a form that is no base64."
            ) from wrong

    return decode() if len(encoded) < _LARGE else await anyio.to_thread.run_sync(decode)
