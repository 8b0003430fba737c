"""Single memories of a memory store: written, read and deleted one by one."""

from aiohttp import web

from mcp_foundry.emulator.http.calls import STANDARD_HEADERS, Call, Routes, reply
from mcp_foundry.emulator.project.memories import list_memories
from mcp_foundry.emulator.project.memory_stores import find_store, scope_of
from mcp_foundry.emulator.store.records import MEMORY_KINDS
from mcp_foundry.emulator.wire.refusals import invalid, not_found
from mcp_foundry.emulator.wire.shapes import page, with_ends
from mcp_foundry.emulator.wire.values import Json, as_text, now


def _find(call: Call) -> Json:
    memories, name = find_store(call).memories, call.part("memory")
    if name not in memories:
        raise not_found("Memory", name)
    return memories[name]


def _content(call: Call) -> str:
    content = as_text(call.body.get("content"))
    if not content:
        raise invalid("Missing required parameter: 'content'.", param="content")
    return content


async def create(call: Call) -> web.StreamResponse:
    """POST /memory_stores/{name}/items."""
    store, scope, content = find_store(call), scope_of(call), _content(call)
    kind = as_text(call.body.get("kind"))
    if kind not in MEMORY_KINDS:
        raise invalid("The supplied value is invalid.", param="kind")
    return reply(store.add(scope, content, kind), headers=STANDARD_HEADERS)


async def get(call: Call) -> web.StreamResponse:
    """GET /memory_stores/{name}/items/{memory}."""
    return reply(_find(call), headers=STANDARD_HEADERS)


async def update(call: Call) -> web.StreamResponse:
    """POST /memory_stores/{name}/items/{memory}."""
    memory = _find(call)
    memory.update(content=_content(call), updated_at=now())
    return reply(memory, headers=STANDARD_HEADERS)


async def list_items(call: Call) -> web.StreamResponse:
    """POST /memory_stores/{name}/items:list, of one scope, and perhaps of one kind."""
    kind = call.query.get("kind")
    memories = list_memories(find_store(call), scope_of(call))
    shown = [each for each in memories if not kind or each["kind"] == kind]
    body = with_ends(page(shown, call.query, key="memory_id"), "memory_id")
    return reply(body, headers=STANDARD_HEADERS)


async def delete(call: Call) -> web.StreamResponse:
    """DELETE /memory_stores/{name}/items/{memory}."""
    name = _find(call)["memory_id"]
    del find_store(call).memories[name]
    body = {"object": "memory_store.item.deleted", "memory_id": name, "deleted": True}
    return reply(body, headers=STANDARD_HEADERS)


ITEMS = "/memory_stores/{name}/items"
ROUTES: Routes = {
    f"POST {ITEMS}": create,
    f"POST {ITEMS}:list": list_items,
    f"GET {ITEMS}/{{memory}}": get,
    f"POST {ITEMS}/{{memory}}": update,
    f"DELETE {ITEMS}/{{memory}}": delete,
}
