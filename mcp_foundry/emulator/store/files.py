"""Files of the project: uploads, what code interpreters write, and stores that are searched."""

import asyncio
import mimetypes
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from mcp_foundry.emulator.store.table import Table
from mcp_foundry.emulator.store.vector_stores import Found, VectorStore, condition
from mcp_foundry.emulator.wire.refusals import Refusal
from mcp_foundry.emulator.wire.values import Json, new_id, now

if TYPE_CHECKING:
    import sqlite3

    from mcp_foundry.emulator.store.search_index import SearchIndex

# So many containers, and files of them, are kept; a service keeps them for half an hour.
KEPT = 200
MOST_FILES = 10_000
MOST_STORES = 1000


@dataclass(frozen=True)
class StoredFile:
    """A file, as the service shows it, and its bytes or what reads them."""

    info: Json
    content: bytes | Callable[[], bytes]

    @property
    def data(self) -> bytes:
        """Its bytes."""
        return self.content if isinstance(self.content, bytes) else self.content()

    @property
    def name(self) -> str:
        """What it is called."""
        return str(self.info.get("filename") or self.info["path"].rpartition("/")[2])

    @property
    def sandboxed(self) -> str:
        """What an upload is called in a code interpreter's sandbox, as recorded."""
        return f"{self.info['id']}-{self.name}"

    @property
    def kind(self) -> str:
        """Its media type, by its name."""
        return mimetypes.guess_type(self.name)[0] or "application/octet-stream"


class Container(dict[str, StoredFile]):
    """A code interpreter's container: its files by id.

    Args:
        info: What it is.
    """

    def __init__(self, info: Json) -> None:
        super().__init__()
        self.info = info


def in_memory() -> "sqlite3.Connection":
    """Open a database that is gone when the emulator is."""
    import sqlite3

    return sqlite3.connect(":memory:")


class Files:
    """All files of the project, in both generations.

    Args:
        connect: Opens the database in which files are searched, once one is.
    """

    def __init__(self, connect: "Callable[[], sqlite3.Connection]" = in_memory) -> None:
        self.connect = connect
        # Files are indexed one after the other: a thousand at once would hold up everything.
        self.indexing = asyncio.Lock()
        self.uploads: Table[StoredFile] = Table()
        self.containers: Table[Container] = Table(KEPT)
        self.vector_stores: Table[VectorStore] = Table()

    def upload(
        self, name: str, data: bytes, purpose: str = "assistants", *, identifier: str = ""
    ) -> Json:
        """Keep a file that was sent, or that a classic agent wrote, and return what it is."""
        info: Json = {
            "object": "file",
            "id": identifier or f"assistant-{secrets.token_hex(11)}",
            "purpose": purpose,
            "filename": name,
            "bytes": len(data),
            "created_at": now(),
            "expires_at": None,
            "status": "processed",
            "status_details": None,
        }
        self.uploads[info["id"]] = StoredFile(info, data)
        if self.uploads.exceeds(MOST_FILES):
            self.delete(next(iter(self.uploads)))
        return info

    def delete(self, identifier: str) -> None:
        """Forget an upload; it is found in no store any more."""
        del self.uploads[identifier]
        for store in self.vector_stores.values():
            if identifier in store.files:
                self.remove(self.vector_stores[store.id], identifier)

    def begin(self, container: str, name: str = "", **given: object) -> None:
        """Let there be a container, perhaps without files."""
        if container not in self.containers:
            began = now()
            info: Json = {"id": container, "object": "container", "created_at": began}
            info.update(name=name, status="running", last_active_at=began, memory_limit="1g")
            # Documented: it ends after so long without use; here it stays.
            info["expires_after"] = {"anchor": "last_active_at", "minutes": 20}
            info.update({key: value for key, value in given.items() if value is not None})
            self.containers[container] = Container(info)

    def write(
        self,
        container: str,
        name: str,
        data: bytes,
        *,
        identifier: str = "",
        source: str = "assistant",
    ) -> Json:
        """Keep a file of a container, which its code interpreter wrote or the user sent."""
        info: Json = {
            "id": identifier or new_id("cfile"),
            "object": "container.file",
            "container_id": container,
            "path": f"/mnt/data/{name}",
            "source": source,
            "bytes": len(data),
            "created_at": now(),
        }
        self.begin(container)
        self.containers[container][info["id"]] = StoredFile(info, data)
        return info

    def clear(self) -> None:
        """Forget all of them."""
        for store in [*self.vector_stores]:
            self.drop_store(store)
        self.uploads.clear()
        self.containers.clear()

    def uploaded(self, identifier: str) -> StoredFile:
        """Return an upload, or refuse."""
        if identifier in self.uploads:
            return self.uploads[identifier]
        raise Refusal(404, "", f"No such File object: {identifier}", param="id")

    def container(self, identifier: str) -> Container:
        """Return a container, or refuse."""
        if identifier in self.containers:
            return self.containers[identifier]
        raise Refusal(404, "", f"Container with id '{identifier}' not found.")

    def written(self, container: str, identifier: str) -> StoredFile:
        """Return a file of a container, or refuse."""
        files = self.container(container)
        if identifier in files:
            return files[identifier]
        sentence = f"Container file with id '{identifier}' not found."
        raise Refusal(404, "", sentence)

    @cached_property
    def index(self) -> "SearchIndex":
        """Where files are searched."""
        from mcp_foundry.emulator.store.search_index import SearchIndex

        return SearchIndex(self.connect())

    def open_store(self, store: VectorStore) -> None:
        """Let there be that store."""
        self.vector_stores[store.id] = store
        if self.vector_stores.exceeds(MOST_STORES):
            self.drop_store(next(iter(self.vector_stores)))

    def drop_store(self, identifier: str) -> None:
        """Forget a store; its files stay with the project."""
        store = self.vector_stores.pop(identifier)
        if store.files:
            store.files.clear()  # whoever indexes one of them sees that it is wanted no more
            self.index.remove(identifier)

    def remove(self, store: VectorStore, identifier: str) -> None:
        """Take a file out of a store."""
        entry = store.files.pop(identifier)
        if entry["status"] == "in_progress":
            entry["status"] = "cancelled"  # a batch that it came with waits for it no more
        self.index.remove(store.id, identifier)

    def find(
        self, stores: Sequence[str], query: str, most: int = 10, filters: Json | None = None
    ) -> list[Found]:
        """Return the pieces of files that fit a question, best first.

        Args:
            stores: The ids of the stores; nothing is found in one that is gone or expired.
            query: The question, in any words and signs.
            most: How many pieces to return.
            filters: What the attributes of a file must be, as vector stores have it.

        Raises:
            Refusal: The filters are none.
        """
        meets = condition(filters) if filters else None
        found: list[Found] = []
        for store in map(self.vector_stores.get, dict.fromkeys(stores)):
            if store is None or store.expired:
                continue
            store.use()
            files = store.files
            met = meets and {name for name, each in files.items() if meets(each["attributes"])}
            found += [
                replace(each, attributes=files[each.file_id]["attributes"])
                for each in self.index.find(store.id, query, most, met)
            ]
        return sorted(found, key=lambda each: -each.score)[:most]

    def vector_store(self, identifier: str) -> VectorStore:
        """Return a store, or refuse."""
        if identifier in self.vector_stores:
            return self.vector_stores[identifier]
        raise Refusal(404, "", f"Vector store {identifier} not found", param="vector_store_id")
