"""Memory stores: updates that take effect after their delay, and a simple search."""

import uuid

from aiohttp import web

from mcp_foundry.emulator.http.calls import STANDARD_HEADERS, Call, Routes, reply
from mcp_foundry.emulator.project.memories import (
    DEFAULT_DELAY,
    find_memories,
    list_memories,
    start_update,
)
from mcp_foundry.emulator.store.names import PROJECT_PATH
from mcp_foundry.emulator.store.records import MemoryStore
from mcp_foundry.emulator.wire.limits import check_metadata
from mcp_foundry.emulator.wire.refusals import (
    Refusal,
    check_preview,
    invalid,
    not_found,
    told_by_schema,
)
from mcp_foundry.emulator.wire.shapes import input_items, page, text_of, usage, with_ends
from mcp_foundry.emulator.wire.values import CHARACTERS_PER_TOKEN, Json, as_object, as_text, now

DEFAULT_LIMIT = 5


def find_store(call: Call) -> MemoryStore:
    """The memory store that the path names, of a request that opts in, or a refusal."""
    _check_preview(call)
    return call.store.memory_store(call.part("name"))


def _check_preview(call: Call) -> None:
    # Recorded: every request but the polls of an update carries the opt-in.
    check_preview(call.previews(), "Memory stores", "MemoryStores=V1Preview")


def scope_of(call: Call) -> str:
    """The scope that a request names, or a refusal."""
    scope = as_text(call.body.get("scope"))
    if not scope:
        raise invalid("Missing required parameter: 'scope'.", param="scope")
    return scope


async def list_stores(call: Call) -> web.StreamResponse:
    """GET /memory_stores."""
    _check_preview(call)
    body = page([each.info for each in call.store.memory_stores.values()], call.query)
    return reply(with_ends(body), headers=STANDARD_HEADERS)


async def create_store(call: Call) -> web.StreamResponse:
    """POST /memory_stores."""
    _check_preview(call)
    with told_by_schema():
        check_metadata(call.body)
    name = as_text(call.body.get("name"))
    definition = as_object(call.body.get("definition"))
    if not name or not definition:
        raise invalid("The supplied value is invalid.", param="definition" if name else "name")
    if name in call.store.memory_stores:
        raise Refusal(409, "conflict", f"MemoryStore '{name}' already exists", kind="error")
    description = as_text(call.body.get("description"))
    info = call.store.add_memory_store(name, description=description, definition=definition)
    info["metadata"] = as_object(call.body.get("metadata"))
    return reply(info, headers=STANDARD_HEADERS)


async def get_store(call: Call) -> web.StreamResponse:
    """GET /memory_stores/{name}."""
    return reply(find_store(call).info, headers=STANDARD_HEADERS)


async def update_store(call: Call) -> web.StreamResponse:
    """POST /memory_stores/{name}: what is not named stays as it is."""
    info = find_store(call).info
    if (description := call.body.get("description")) is not None:
        info["description"] = as_text(description)
    if (metadata := call.body.get("metadata")) is not None:
        info["metadata"] = as_object(metadata)
    info["updated_at"] = now()
    return reply(info, headers=STANDARD_HEADERS)


async def delete_store(call: Call) -> web.StreamResponse:
    """DELETE /memory_stores/{name}."""
    name = find_store(call).info["name"]
    del call.store.memory_stores[name]
    body = {"object": "memory_store.deleted", "name": name, "deleted": True}
    return reply(body, headers=STANDARD_HEADERS)


async def delete_scope(call: Call) -> web.StreamResponse:
    """POST /memory_stores/{name}:delete_scope; `deleted` tells whether there was anything."""
    store, scope = find_store(call), scope_of(call)
    gone = [key for key, memory in store.memories.items() if memory["scope"] == scope]
    for key in gone:
        del store.memories[key]
    body: Json = {"object": "memory_store.scope.deleted", "name": store.info["name"]}
    return reply({**body, "scope": scope, "deleted": bool(gone)}, headers=STANDARD_HEADERS)


async def update(call: Call) -> web.StreamResponse:
    """POST /memory_stores/{name}:update_memories: queued until the delay is over."""
    store, scope = find_store(call), scope_of(call)
    delay = _number(call.body, "update_delay", DEFAULT_DELAY)
    texts = [text_of(item) for item in input_items(call.body.get("items")) if _is_users(item)]
    made = start_update(call.engine, store, scope, texts, delay)
    update_id = made.body["update_id"]
    where = call.request.url.with_query(None).with_path(
        f"{PROJECT_PATH}/memory_stores/{store.info['name']}/updates/{update_id}"
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


async def get_update(call: Call) -> web.StreamResponse:
    """GET /memory_stores/{name}/updates/{update}."""
    updates = call.store.memory_store(call.part("name")).updates
    name = call.part("update")
    if name not in updates:
        raise not_found("Update", name)
    return reply(updates[name].body, headers=STANDARD_HEADERS)


async def search(call: Call) -> web.StreamResponse:
    """POST /memory_stores/{name}:search_memories: the memories with the most words in common."""
    store, scope = find_store(call), scope_of(call)
    items = input_items(call.body.get("items"))
    query = " ".join(text_of(item) for item in items)
    limit = _number(as_object(call.body.get("options")), "max_memories", DEFAULT_LIMIT)
    found = find_memories(store, scope, query) if items else list_memories(store, scope)
    body: Json = {"search_id": uuid.uuid4().hex, "error": None}
    body["memories"] = [{"memory_item": memory} for memory in found[: int(limit)]]
    body["usage"] = {"embedding_tokens": len(query) // CHARACTERS_PER_TOKEN, **usage(0, 0)}
    return reply(body, headers=STANDARD_HEADERS)


ROUTES: Routes = {
    "GET /memory_stores": list_stores,
    "POST /memory_stores": create_store,
    "POST /memory_stores/{name}:update_memories": update,
    "POST /memory_stores/{name}:search_memories": search,
    "POST /memory_stores/{name}:delete_scope": delete_scope,
    "GET /memory_stores/{name}/updates/{update}": get_update,
    "GET /memory_stores/{name}": get_store,
    "POST /memory_stores/{name}": update_store,
    "DELETE /memory_stores/{name}": delete_store,
}
