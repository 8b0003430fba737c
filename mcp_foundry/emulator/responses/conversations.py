"""Conversations of the new generation and their items."""

from aiohttp import web

from mcp_foundry.emulator.http.calls import STANDARD_HEADERS, Call, Routes, reply
from mcp_foundry.emulator.responses.items import check_items
from mcp_foundry.emulator.store.records import Conversation
from mcp_foundry.emulator.wire.limits import check_metadata, check_present
from mcp_foundry.emulator.wire.refusals import not_found
from mcp_foundry.emulator.wire.shapes import input_items, page, with_ends
from mcp_foundry.emulator.wire.values import Json, as_object, new_id, now

# Documented: so many at a time.
MOST_ITEMS = 20


def find_conversation(call: Call, name: str, *, hosted: bool) -> Conversation:
    """The conversation of that name; `hosted` says whether it is a hosted agent's.

    Raises:
        Refusal: There is none, or none for whom the request is made.
    """
    found = call.store.conversations.get(name)
    if found is None or not call.meets(found.user, hosted=hosted):
        raise not_found("Conversation", name)
    return found


def _find(call: Call) -> Conversation:
    agent = call.store.agents.get(call.request.match_info.get("agent", ""))
    hosted = agent is not None and agent.kind == "hosted"
    return find_conversation(call, call.part("conversation"), hosted=hosted)


def _item(call: Call) -> Json:
    name = call.part("item")
    for item in _find(call).items:
        if item["id"] == name:
            return item
    raise not_found("Item", name)


async def create(call: Call) -> web.StreamResponse:
    """POST /openai/v1/conversations."""
    check_metadata(call.body)
    check_items(call.body.get("items"), "items", MOST_ITEMS)
    info: Json = {"id": new_id("conv"), "object": "conversation"}
    info.update({"metadata": as_object(call.body.get("metadata")), "created_at": now()})
    items = input_items(call.body.get("items"))
    call.store.conversations[info["id"]] = Conversation(info, items, user=call.caller.user)
    return reply(info, headers=STANDARD_HEADERS)


async def get(call: Call) -> web.StreamResponse:
    """GET /openai/v1/conversations/{conversation}."""
    return reply(_find(call).info, headers=STANDARD_HEADERS)


async def update(call: Call) -> web.StreamResponse:
    """POST /openai/v1/conversations/{conversation}."""
    conversation = _find(call)
    check_metadata(call.body)
    conversation.info["metadata"] = as_object(call.body.get("metadata"))
    return reply(conversation.info, headers=STANDARD_HEADERS)


async def delete(call: Call) -> web.StreamResponse:
    """DELETE /openai/v1/conversations/{conversation}."""
    name = _find(call).info["id"]
    del call.store.conversations[name]
    return reply(
        {"object": "conversation.deleted", "deleted": True, "id": name}, headers=STANDARD_HEADERS
    )


async def create_items(call: Call) -> web.StreamResponse:
    """POST /openai/v1/conversations/{conversation}/items."""
    check_present(call.body, "items")
    check_items(call.body["items"], "items", MOST_ITEMS)
    items = input_items(call.body.get("items"))
    _find(call).items.extend(items)
    listed: Json = {"object": "list", "data": items, "has_more": False}
    return reply(with_ends(listed), headers=STANDARD_HEADERS)


async def list_items(call: Call) -> web.StreamResponse:
    """GET /openai/v1/conversations/{conversation}/items, newest first."""
    return reply(with_ends(page(_find(call).items, call.query)), headers=STANDARD_HEADERS)


async def get_item(call: Call) -> web.StreamResponse:
    """GET /openai/v1/conversations/{conversation}/items/{item}."""
    return reply(_item(call), headers=STANDARD_HEADERS)


async def delete_item(call: Call) -> web.StreamResponse:
    """DELETE /openai/v1/conversations/{conversation}/items/{item}; answers the conversation."""
    conversation = _find(call)
    conversation.items.remove(_item(call))
    return reply(conversation.info, headers=STANDARD_HEADERS)


_ROUTES: Routes = {
    "POST /openai/v1/conversations": create,
    "GET /openai/v1/conversations/{conversation}": get,
    "POST /openai/v1/conversations/{conversation}": update,
    "DELETE /openai/v1/conversations/{conversation}": delete,
    "GET /openai/v1/conversations/{conversation}/items": list_items,
    "POST /openai/v1/conversations/{conversation}/items": create_items,
    "GET /openai/v1/conversations/{conversation}/items/{item}": get_item,
    "DELETE /openai/v1/conversations/{conversation}/items/{item}": delete_item,
}
# An agent's own endpoint has them too.
AGENT = "/agents/{agent}/endpoint/protocols"
ROUTES: Routes = {
    **_ROUTES,
    **{line.replace("/openai/v1", f"{AGENT}/openai"): does for line, does in _ROUTES.items()},
}
