"""Files of the project: uploads, what code interpreters write, and stores that are searched."""

import mimetypes
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from mcp_foundry.emulator.store.table import Table
from mcp_foundry.emulator.wire.refusals import Refusal
from mcp_foundry.emulator.wire.values import Json, new_id, now

# So many containers, and files of them, are kept; a service keeps them for half an hour.
KEPT = 200
MOST_FILES = 10_000


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
    def kind(self) -> str:
        """Its media type, by its name."""
        return mimetypes.guess_type(self.name)[0] or "application/octet-stream"


@dataclass
class VectorStore:
    """A store that is searched: what it is, and its files by id."""

    info: Json
    files: dict[str, Json] = field(default_factory=dict[str, Json])


class Files:
    """All files of the project, in both generations."""

    def __init__(self) -> None:
        self.uploads: Table[StoredFile] = Table(MOST_FILES)
        self.containers: Table[dict[str, StoredFile]] = Table(KEPT)
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
        return info

    def begin(self, container: str) -> None:
        """Let there be a container, perhaps without files."""
        if container not in self.containers:
            self.containers[container] = {}

    def write(self, container: str, name: str, data: bytes, *, identifier: str = "") -> Json:
        """Keep a file that a code interpreter wrote, and return what it is."""
        info: Json = {
            "id": identifier or new_id("cfile"),
            "object": "container.file",
            "container_id": container,
            "path": f"/mnt/data/{name}",
            "source": "assistant",
            "bytes": len(data),
            "created_at": now(),
        }
        self.begin(container)
        self.containers[container][info["id"]] = StoredFile(info, data)
        return info

    def uploaded(self, identifier: str) -> StoredFile:
        """Return an upload, or refuse."""
        if identifier in self.uploads:
            return self.uploads[identifier]
        raise Refusal(404, "", f"No such File object: {identifier}", param="id")

    def container(self, identifier: str) -> dict[str, StoredFile]:
        """Return the files of a container, or refuse."""
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

    def vector_store(self, identifier: str) -> VectorStore:
        """Return a store, or refuse."""
        if identifier in self.vector_stores:
            return self.vector_stores[identifier]
        raise Refusal(404, "", f"Vector store {identifier} not found", param="vector_store_id")
