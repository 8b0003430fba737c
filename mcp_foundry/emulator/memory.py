"""Memory stores: updates that take effect after their delay, and a simple search."""

import asyncio
import re
import uuid

from aiohttp import web

from mcp_foundry.emulator.calls import STANDARD_HEADERS, Call, reply
from mcp_foundry.emulator.records import MemoryStore, Update
from mcp_foundry.emulator.response_shapes import input_items, page, text_of, usage
from mcp_foundry.emulator.wire import (
    Json,
    Refusal,
    as_object,
    as_text,
    invalid,
    new_id,
    not_found,
    now,
)

DEFAULT_DELAY = 300.0
DEFAULT_LIMIT = 5
FORGET = re.compile(r"\s*forget(?:\s+that)?[:\s]+", re.IGNORECASE)
PREVIEW = (
    "Memory stores is in preview. This operation requires the following opt-in preview "
    "feature(s): MemoryStores=V1Preview. Include the 'Foundry-Features: "
    "MemoryStores=V1Preview' header in your request."
)


def _store(call: Call) -> MemoryStore:
    _opted_in(call)
    return call.store.memory_store(call.part("name"))


def _opted_in(call: Call) -> None:
    # Recorded: every request but the polls of an update carries the opt-in.
    if "MemoryStores=V1Preview" not in call.previews():
        raise Refusal(403, "preview_feature_required", PREVIEW)


def _scope(call: Call) -> str:
    scope = as_text(call.body.get("scope"))
    if not scope:
        raise invalid("Missing required parameter: 'scope'.", param="scope")
    return scope


async def list_stores(call: Call) -> web.StreamResponse:
    """GET /memory_stores."""
    _opted_in(call)
    body = page([each.info for each in call.store.memory_stores.values()], call.query)
    if body["data"]:
        body["first_id"] = body["data"][0]["id"]
        body["last_id"] = body["data"][-1]["id"]
    return reply(body, headers=STANDARD_HEADERS)


async def create_store(call: Call) -> web.StreamResponse:
    """POST /memory_stores."""
    _opted_in(call)
    name = as_text(call.body.get("name"))
    definition = as_object(call.body.get("definition"))
    if not name or not definition:
        raise invalid("The supplied value is invalid.", param="definition" if name else "name")
    if name in call.store.memory_stores:
        raise Refusal(409, "conflict", f"MemoryStore '{name}' already exists", kind="error")
    description = as_text(call.body.get("description"))
    info = call.store.add_memory_store(name, description=description, definition=definition)
    return reply(info, headers=STANDARD_HEADERS)


async def get_store(call: Call) -> web.StreamResponse:
    """GET /memory_stores/{name}."""
    return reply(_store(call).info, headers=STANDARD_HEADERS)


async def delete_store(call: Call) -> web.StreamResponse:
    """DELETE /memory_stores/{name}."""
    name = _store(call).info["name"]
    del call.store.memory_stores[name]
    body = {"object": "memory_store.deleted", "name": name, "deleted": True}
    return reply(body, headers=STANDARD_HEADERS)


async def delete_scope(call: Call) -> web.StreamResponse:
    """POST /memory_stores/{name}:delete_scope; `deleted` tells whether there was anything."""
    store, scope = _store(call), _scope(call)
    gone = [key for key, memory in store.memories.items() if memory["scope"] == scope]
    for key in gone:
        del store.memories[key]
    body: Json = {"object": "memory_store.scope.deleted", "name": store.info["name"]}
    return reply({**body, "scope": scope, "deleted": bool(gone)}, headers=STANDARD_HEADERS)


async def update(call: Call) -> web.StreamResponse:
    """POST /memory_stores/{name}:update_memories: queued until the delay is over."""
    store, scope = _store(call), _scope(call)
    delay = _number(call.body, "update_delay", DEFAULT_DELAY)
    update_id = str(uuid.uuid4())
    texts = [text_of(item) for item in input_items(call.body.get("items")) if _is_users(item)]
    made = Update({"update_id": update_id, "status": "queued"}, scope, texts)
    for earlier in store.updates.values():
        if earlier.scope == scope and earlier.body["status"] == "queued" and earlier.task:
            # A newer update takes over what the older one had not done yet.
            earlier.task.cancel()
            made.texts[:0] = earlier.texts
            earlier.body.update(status="superseded", superseded_by=update_id)
    store.updates[update_id] = made
    made.task = call.engine.spawn(_take_effect(call, store, made, delay))
    where = call.request.url.with_query(None).with_path(
        f"/api/projects/emulator/memory_stores/{store.info['name']}/updates/{update_id}"
    )
    location = {"operation-location": f"{where}?api-version=v1"}
    return reply(made.body, 202, {**STANDARD_HEADERS, **location})


def _number(given: Json, field: str, default: float) -> float:
    value = given.get(field)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise invalid("The supplied value is invalid.", param=field)
    return value


def _is_users(item: Json) -> bool:
    return item["type"] == "message" and item.get("role") == "user"


async def _take_effect(call: Call, store: MemoryStore, made: Update, delay: float) -> None:
    await asyncio.sleep(delay)
    made.body["status"] = "in_progress"
    call.engine.changed()
    await asyncio.sleep(0)
    operations = [each for text in made.texts if (each := remember(store, made.scope, text))]
    spent = {"embedding_tokens": 0, **usage(sum(len(t) for t in made.texts), len(operations))}
    made.body["result"] = {"memory_operations": operations, "usage": spent}
    made.body["status"] = "completed"
    call.engine.changed()


def remember(store: MemoryStore, scope: str, text: str) -> Json | None:
    """What one message does to a store: create, update (near enough the same) or delete."""
    forgotten = FORGET.match(text)
    about = text[forgotten.end() :] if forgotten else text
    known = max(
        (memory for memory in store.memories.values() if memory["scope"] == scope),
        key=lambda memory: likeness(memory["content"], about),
        default=None,
    )
    near = known is not None and likeness(known["content"], about) >= (0.5 if forgotten else 0.75)
    if forgotten:
        if known is None or not near:
            return None
        del store.memories[known["memory_id"]]
        return {"kind": "delete", "memory_item": known}
    if known is not None and near:
        known.update(content=about, updated_at=now())
        return {"kind": "update", "memory_item": dict(known)}
    memory: Json = {"memory_id": new_id("mem"), "updated_at": now(), "scope": scope}
    memory.update(content=about, kind="user_profile")
    store.memories[memory["memory_id"]] = memory
    return {"kind": "create", "memory_item": dict(memory)}


def likeness(one: str, other: str) -> float:
    """The share of the words of both that they have in common: 0 to 1."""
    first, second = _words(one), _words(other)
    return len(first & second) / max(1, len(first | second))


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


async def get_update(call: Call) -> web.StreamResponse:
    """GET /memory_stores/{name}/updates/{update}."""
    updates = call.store.memory_store(call.part("name")).updates
    name = call.part("update")
    if name not in updates:
        raise not_found("Update", name)
    return reply(updates[name].body, headers=STANDARD_HEADERS)


async def search(call: Call) -> web.StreamResponse:
    """POST /memory_stores/{name}:search_memories: the memories with the most words in common."""
    _store(call)
    scope = _scope(call)
    items = input_items(call.body.get("items"))
    query = " ".join(text_of(item) for item in items)
    limit = _number(as_object(call.body.get("options")), "max_memories", DEFAULT_LIMIT)
    found = list(call.store.memories(call.part("name"), scope))
    if items:
        wanted = _words(query)
        found = [m for m in found if wanted & _words(m["content"])]
        found.sort(key=lambda m: -len(wanted & _words(m["content"])))
    body: Json = {"search_id": uuid.uuid4().hex, "error": None}
    body["memories"] = [{"memory_item": memory} for memory in found[: int(limit)]]
    body["usage"] = {"embedding_tokens": len(query) // 4, **usage(0, 0)}
    return reply(body, headers=STANDARD_HEADERS)
