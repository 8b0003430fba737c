"""Memory stores as they are written down, and what goes on in one that was read from disk."""

import time

from mcp_foundry.emulator.project.memories import go_on
from mcp_foundry.emulator.runs.engine import Engine
from mcp_foundry.emulator.store.codecs import Codec, whole
from mcp_foundry.emulator.store.records import KEPT, MemoryStore, Update
from mcp_foundry.emulator.store.table import Table
from mcp_foundry.emulator.wire.values import Json


def memory_codec(engine: Engine) -> Codec[MemoryStore]:
    """How memory stores are written down.

    Args:
        engine: What their updates go on with.
    """

    def write(store: MemoryStore) -> Json:
        updates = {
            name: {"body": each.body, "scope": each.scope, "texts": each.texts, "due": each.due}
            for name, each in store.updates.items()
        }
        return {"info": store.info, "memories": store.memories, "updates": updates}

    def make(written: Json) -> MemoryStore:
        updates = Table[Update](KEPT)
        for name, each in written["updates"].items():
            updates[name] = Update(**each)
        return MemoryStore(written["info"], written["memories"], updates)

    def resume(store: MemoryStore) -> None:
        for update in filter(_is_open, store.updates.values()):
            go_on(engine, store, update, update.due - time.time())

    def in_use(store: MemoryStore) -> bool:
        return any(map(_is_open, store.updates.values()))

    return Codec(write, make, {"memories": whole, "updates": _update}, in_use, resume)


def _update(written: Json) -> object:
    # One that is over changes no more.
    over = "result" in written["body"]
    return True if over else whole(written)


def _is_open(update: Update) -> bool:
    return update.body["status"] in {"queued", "in_progress"}
