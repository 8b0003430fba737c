"""Vector stores as they are written down; what is searched in them is in the same data file."""

from typing import Any

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
        batches = {name: _shown(store, batch) for name, batch in store.batches.items()}
        return {"info": store.info, "files": store.files, "batches": batches}

    def make(written: Json) -> VectorStore:
        store = VectorStore(written["info"], written["files"])
        for entry in filter(_is_open, store.files.values()):
            error = {"code": "server_error", "message": INTERRUPTED}
            entry.update(status="failed", last_error=error)
        for name, batch in written["batches"].items():
            files: list[Any] = batch["files"]
            shown = [store.files[each] if isinstance(each, str) else each for each in files]
            store.batches[name] = FileBatch(batch["info"], shown, batch["cancelled"])
        return store

    def in_use(store: VectorStore) -> bool:
        return any(map(_is_open, store.files.values()))

    def resume(store: VectorStore) -> None:
        for entry in store.files.values():
            if as_object(entry["last_error"]).get("message") == INTERRUPTED:
                files.index.remove(store.id, entry["id"])

    return Codec(write, make, {"files": _entry, "batches": whole}, in_use, resume)


def _shown(store: VectorStore, batch: FileBatch) -> Json:
    """A batch as it is written down: the ids of its files, for a store can have ten thousand.

    Of one that was taken out of the store, the batch alone knows what became of it.
    """
    there = store.files
    files = [each["id"] if there.get(each["id"]) is each else each for each in batch.files]
    return {"info": batch.info, "files": files, "cancelled": batch.cancelled}


def _is_open(entry: Json) -> bool:
    return entry["status"] == "in_progress"


def _entry(entry: Json) -> object:
    # Of one that is indexed only the attributes change.
    if entry["status"] != "completed":
        return whole(entry)
    attributes = entry["attributes"]
    return entry["created_at"], entry["usage_bytes"], whole(attributes) if attributes else 0
