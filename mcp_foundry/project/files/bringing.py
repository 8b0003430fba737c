"""Agents' files, brought as soon as an answer tells of them: a container lives for minutes.

Their container is the only copy, so a file is fetched once an answer is whole, side by side with
the others, and what is not here in time goes on in the session.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread

from mcp_foundry.agents.relinking import relinked
from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.contract.files import Address, File
from mcp_foundry.contract.media import kind_of, kind_of_name
from mcp_foundry.project.files.contents import Contents
from mcp_foundry.project.files.fetching import Fetching, decoded
from mcp_foundry.project.files.saving import Folder
from mcp_foundry.service.explain import explain

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from contextlib import AbstractAsyncContextManager
    from typing import Any

    from mcp_foundry.agents.generation import Generations
    from mcp_foundry.agents.relinking import Link
    from mcp_foundry.contract.answers import Answer
    from mcp_foundry.runs.shelf import OwnShelf
    from mcp_foundry.service.wire import Wire
    from mcp_foundry.settings.values import Settings

logger = logging.getLogger(__name__)

# Of one answer; the others can be had by their addresses.
_MOST = 50


@dataclass
class _Coming:
    """A file on its way."""

    done: anyio.Event = field(default_factory=anyio.Event)
    contents: Contents | None = None
    failure: FoundryError | None = None


class Files:
    """The files of the session.

    Args:
        settings: Where they are saved, and the limits.
        wire: The way to the service.
        generations: Tell of pictures that a response holds.
        begin: Starts work that may outlive a call.
        check: Raises for an agent that may not be asked.
        shelf: Where they are kept.
        slot: Holds one of the places that all downloads share.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what files are brought with
        self,
        settings: Settings,
        wire: Wire,
        generations: Generations,
        begin: Callable[[Callable[[], Coroutine[Any, Any, None]]], None],
        check: Callable[[str], None],
        shelf: OwnShelf[Contents],
        slot: Callable[[object], AbstractAsyncContextManager[None]],
    ) -> None:
        limits = settings.limits
        self.shelf = shelf
        self._settings = settings
        self._folder = Folder(settings.save) if settings.save else None
        self._fetching = Fetching(wire, generations, limits.file, check)
        self._begin = begin
        self._coming: dict[str, _Coming] = {}
        self._slot = slot

    def begin(self, answer: Answer) -> None:
        """Begin to bring the files of an answer, whether anybody waits for them or not."""
        for file in answer.files[:_MOST]:
            self._start(file)

    async def complete(self, answer: Answer, patience: float) -> Answer:
        """Return an answer with what is known of its files within that time.

        Args:
            answer: As the service gave it.
            patience: Seconds to wait at most.
        """
        if not answer.files:
            return answer
        coming = [self._start(file) for file in answer.files[:_MOST]]
        with anyio.move_on_after(max(0.0, min(patience, self._settings.limits.files))):
            for each in coming:
                await each.done.wait()
        told = [_told(*pair) for pair in zip(answer.files, coming, strict=False)]
        files = [*told, *map(_named, answer.files[_MOST:])]
        return with_files(answer, files)

    async def keep(self, answer: Answer) -> Answer:
        """Return an answer of a batch, whose files are not brought without a folder for them.

        Pictures that came with it are here already. They are kept as all others are: a batch holds
        its answers for longer than there is room for.
        """
        patience = self._settings.limits.files
        if self._folder:
            return await self.complete(answer, patience)
        held = [file for file in answer.files if file.held]
        kept = await self.complete(answer.model_copy(update={"files": held}), patience)
        known = {file.uri: file for file in kept.files}
        files = [known.get(file.uri) or _named(file) for file in answer.files]
        return kept.model_copy(update={"files": files})

    async def get(self, uri: str, *, save_as: str = "") -> Contents:
        """Return a file by its address.

        Args:
            uri: As an answer gave it.
            save_as: Under which name to save it.

        Raises:
            FoundryError: `file_gone`, or why else it cannot be had or saved.
        """
        address = Address.of(uri)
        contents = self.shelf.find(uri)
        if contents is None:
            coming = self._start(File(name=address.name, uri=uri))
            await coming.done.wait()
            if coming.failure:
                raise coming.failure
            contents = coming.contents
        if contents is None:
            raise FoundryError("file_gone", f"'{address.name}' was not brought. Call again.")
        if save_as:
            contents = await self._save(contents, save_as)
        return contents

    def _start(self, file: File) -> _Coming:
        if (kept := self.shelf.find(file.uri)) is not None:
            here = _Coming(contents=kept)
            here.done.set()
            return here
        if coming := self._coming.get(file.uri):
            return coming
        coming = self._coming[file.uri] = _Coming()

        async def bring() -> None:
            try:
                async with self._slot(coming.done):
                    coming.contents = await self._bring(file)
            except Exception as exception:  # noqa: BLE001 - a file that fails is no failed answer
                coming.failure = explain(exception, f"file '{file.name}'", self._settings)
                logger.info("File %r cannot be had: %s", file.name, coming.failure)
            finally:
                self._coming.pop(file.uri, None)
                coming.done.set()

        self._begin(bring)
        return coming

    async def _bring(self, file: File) -> Contents:
        address = Address.of(file.uri)
        if file.held:
            data = await decoded(file.held, file.name)
        else:
            address, data = await self._fetching.fetch(address)
        contents = Contents(address.uri, file.name, data, kind_of(file.name, data))
        if self._folder:
            contents = await self._save(contents, file.name)
        self.shelf.put(address.uri, contents, len(data), alias=file.uri)
        file.release()
        logger.info("Brought %r (%s bytes)", file.name, len(data))
        return contents

    async def _save(self, contents: Contents, name: str) -> Contents:
        if self._folder is None:
            raise FoundryError(
                "not_allowed",
                f"'{contents.name}' cannot be saved: no folder is set for that. The person who "
                "runs this server can name one in MCP_FOUNDRY_SAVE.",
            )
        save, uri = self._folder.save, f"{contents.uri}#{name}"
        path = await anyio.to_thread.run_sync(save, uri, name, contents.data)
        return Contents(contents.uri, contents.name, contents.data, contents.kind, path)


def _told(file: File, coming: _Coming) -> File:
    if coming.failure:
        return _named(file, f"{coming.failure.code}: {coming.failure}")
    if coming.contents is None:
        return _named(file)  # still on its way
    found = coming.contents
    update = {"uri": found.uri, "mime_type": found.kind, "size": len(found.data)}
    return file.model_copy(update={**update, "path": found.path})


def _named(file: File, error: str = "") -> File:
    update = {"mime_type": kind_of_name(file.name), "error": error}
    return file.model_copy(update=update)


def with_files(answer: Answer, files: list[File]) -> Answer:
    """Return an answer with these files in the place of its own, in its text, too."""
    links = _links(answer.text, answer.files, files)
    text, citations = relinked(answer.text, answer.citations, links)
    update = {"files": files, "text": text, "citations": citations}
    return answer.model_copy(update=update)


def _links(text: str, before: list[File], after: list[File]) -> list[Link]:
    """Return where a text says what a file's address was, and what it is to say."""
    links: list[Link] = []
    for old, new in zip(before, after, strict=True):
        address = new.path or new.uri
        at = text.find(old.uri) if address != old.uri else -1
        while at >= 0:
            end = at + len(old.uri)
            within = text[at - 1 : at] == "(" and text[end : end + 1] == ")"
            # Markdown takes an address with spaces in pointed brackets only.
            pointed = within and any(sign in address for sign in " ()")
            links.append((at, end, f"<{address}>" if pointed else address))
            at = text.find(old.uri, end)
    return links
