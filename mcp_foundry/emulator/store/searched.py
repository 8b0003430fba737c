"""Vector stores as they are written down; what is searched in them is in the same data file."""

from dataclasses import asdict

from mcp_foundry.emulator.store.codecs import Codec, whole
from mcp_foundry.emulator.store.files import Files
from mcp_foundry.emulator.store.vector_stores import FileBatch, VectorStore
from mcp_foundry.emulator.wire.values import Json, as_object

INTERRUPTED = "The emulator ended while it indexed this file: add it once more."


def vector_store_codec(files: Files) -> Codec[VectorStore]:
    """How vector stores are written down.

    Args:
        files: Where their files are indexed.
    """

    def write(store: VectorStore) -> Json:
        batches = {name: asdict(batch) for name, batch in store.batches.items()}
        return {"info": store.info, "files": store.files, "batches": batches}

    def make(written: Json) -> VectorStore:
        store = VectorStore(written["info"], written["files"])
        for entry in filter(_is_open, store.files.values()):
            error = {"code": "server_error", "message": INTERRUPTED}
            entry.update(status="failed", last_error=error)
        for name, batch in written["batches"].items():
            # Of a file that is still there a batch tells what the store does.
            files: list[Json] = batch["files"]
            shown = [store.files.get(entry["id"], entry) for entry in files]
            store.batches[name] = FileBatch(batch["info"], shown, batch["cancelled"])
        return store

    def in_use(store: VectorStore) -> bool:
        return any(map(_is_open, store.files.values()))

    def resume(store: VectorStore) -> None:
        for entry in store.files.values():
            if as_object(entry["last_error"]).get("message") == INTERRUPTED:
                files.index.remove(store.id, entry["id"])

    return Codec(write, make, {"files": _entry, "batches": whole}, in_use, resume)


def _is_open(entry: Json) -> bool:
    return entry["status"] == "in_progress"


def _entry(entry: Json) -> object:
    # Of one that is indexed only the attributes change.
    if entry["status"] != "completed":
        return whole(entry)
    return entry["created_at"], entry["usage_bytes"], whole(entry["attributes"])
