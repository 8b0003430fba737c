"""What becomes of memories: updates after their delay, and a simple search by words."""

import asyncio
import re
import time
import uuid

from mcp_foundry.emulator.runs.engine import Engine
from mcp_foundry.emulator.store.records import MemoryStore, Update
from mcp_foundry.emulator.wire.shapes import usage
from mcp_foundry.emulator.wire.values import Json, now

DEFAULT_DELAY = 300.0
FORGET = re.compile(r"\s*forget(?:\s+that)?[:\s]+", re.IGNORECASE)
# Two texts whose words are to this share the same are the same memory.
SAME = 0.75
# What is to be forgotten is named less exactly.
MEANT = 0.5


def start_update(
    engine: Engine, store: MemoryStore, scope: str, texts: list[str], delay: float
) -> Update:
    """Queue an update; it takes over what an older one of the scope has not done yet."""
    update_id = str(uuid.uuid4())
    due = time.time() + delay
    made = Update({"update_id": update_id, "status": "queued"}, scope, texts, due)
    for earlier in store.updates.values():
        if earlier.scope == scope and earlier.body["status"] == "queued" and earlier.task:
            earlier.task.cancel()
            made.texts[:0] = earlier.texts
            earlier.body.update(status="superseded", superseded_by=update_id)
    store.updates[update_id] = made
    made.task = engine.spawn(_take_effect(engine, store, made, delay))
    return made


def go_on(engine: Engine, store: MemoryStore, update: Update, delay: float) -> None:
    """Go on with an update that waited when the emulator ended: at once where it is due."""
    if delay > 0:
        update.task = engine.spawn(_take_effect(engine, store, update, delay))
    else:
        _complete(store, update)


def list_memories(store: MemoryStore, scope: str) -> list[Json]:
    """The memories of one scope."""
    return [memory for memory in store.memories.values() if memory["scope"] == scope]


def find_memories(store: MemoryStore, scope: str, query: str) -> list[Json]:
    """The memories of a scope that have words in common with a query, the most first."""
    wanted = _words(query)
    found = [m for m in list_memories(store, scope) if wanted & _words(m["content"])]
    return sorted(found, key=lambda memory: -len(wanted & _words(memory["content"])))


async def _take_effect(engine: Engine, store: MemoryStore, made: Update, delay: float) -> None:
    await asyncio.sleep(delay)
    made.body["status"] = "in_progress"
    engine.changed()
    await asyncio.sleep(0)
    _complete(store, made)
    engine.changed()


def _complete(store: MemoryStore, made: Update) -> None:
    operations = [each for text in made.texts if (each := remember(store, made.scope, text))]
    spent = {"embedding_tokens": 0, **usage(sum(len(t) for t in made.texts), len(operations))}
    made.body["result"] = {"memory_operations": operations, "usage": spent}
    made.body["status"] = "completed"


def remember(store: MemoryStore, scope: str, text: str) -> Json | None:
    """What one message does to a store: create, update (near enough the same) or delete."""
    forgotten = FORGET.match(text)
    about = text[forgotten.end() :] if forgotten else text
    known = max(
        (memory for memory in store.memories.values() if memory["scope"] == scope),
        key=lambda memory: likeness(memory["content"], about),
        default=None,
    )
    near = known is not None and likeness(known["content"], about) >= (MEANT if forgotten else SAME)
    if forgotten:
        if known is None or not near:
            return None
        del store.memories[known["memory_id"]]
        return {"kind": "delete", "memory_item": known}
    if known is not None and near:
        known.update(content=about, updated_at=now())
        return {"kind": "update", "memory_item": dict(known)}
    return {"kind": "create", "memory_item": dict(store.add(scope, about))}


def likeness(one: str, other: str) -> float:
    """The share of the words of both that they have in common: 0 to 1."""
    first, second = _words(one), _words(other)
    return len(first & second) / max(1, len(first | second))


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))
