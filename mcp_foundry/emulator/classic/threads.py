"""Agents, threads and messages of the classic generation."""

from aiohttp import web

from mcp_foundry.emulator.classic.checks import check_message, check_thread
from mcp_foundry.emulator.classic.run import ClassicRun
from mcp_foundry.emulator.classic.shapes import listed, no_such, thread_body, user_message
from mcp_foundry.emulator.http.calls import Call, Routes, reply
from mcp_foundry.emulator.store.contents import Store
from mcp_foundry.emulator.store.records import Thread
from mcp_foundry.emulator.wire.refusals import invalid
from mcp_foundry.emulator.wire.values import Json, as_list, as_object


def find_thread(call: Call) -> Thread[ClassicRun]:
    """The thread in the path, or a refusal."""
    name = call.part("thread")
    if name not in call.store.threads:
        raise no_such("thread", name)
    return call.store.threads[name]


def new_thread(store: Store, request: Json) -> Thread[ClassicRun]:
    """Create a thread, with its first messages if the request has some."""
    thread = Thread[ClassicRun](thread_body(request))
    store.threads[thread.info["id"]] = thread
    add_messages(thread, request.get("messages"))
    return thread


def add_messages(thread: Thread[ClassicRun], given: object) -> list[Json]:
    """Append the caller's messages to a thread."""
    added = [user_message(as_object(each), thread.info["id"]) for each in as_list(given)]
    thread.messages.extend(added)
    return added


async def create_thread(call: Call) -> web.StreamResponse:
    """POST /threads."""
    check_thread(call.body)
    return reply(new_thread(call.store, call.body).info)


async def get_thread(call: Call) -> web.StreamResponse:
    """GET /threads/{thread}."""
    resources: Json = {"code_interpreter": {"file_ids": []}, "azure_ai_search": {"indexes": []}}
    info = find_thread(call).info
    return reply({**info, "tool_resources": {**resources, **info["tool_resources"]}})


async def delete_thread(call: Call) -> web.StreamResponse:
    """DELETE /threads/{thread}."""
    name = find_thread(call).info["id"]
    del call.store.threads[name]
    return reply({"id": name, "object": "thread.deleted", "deleted": True})


async def create_message(call: Call) -> web.StreamResponse:
    """POST /threads/{thread}/messages."""
    thread = find_thread(call)
    if thread.active:
        name, run = thread.info["id"], thread.active.id
        raise invalid(f"Can't add messages to {name} while a run {run} is active.", code="")
    check_message(call.body)
    return reply(add_messages(thread, [call.body])[0])


async def list_messages(call: Call) -> web.StreamResponse:
    """GET /threads/{thread}/messages."""
    run = call.query.get("run_id")
    messages = find_thread(call).messages
    return reply(listed([m for m in messages if not run or m["run_id"] == run], call.query))


async def get_message(call: Call) -> web.StreamResponse:
    """GET /threads/{thread}/messages/{message}."""
    name = call.part("message")
    for message in find_thread(call).messages:
        if message["id"] == name:
            return reply(message)
    raise no_such("message", name)


ROUTES: Routes = {
    "POST /threads": create_thread,
    "GET /threads/{thread}": get_thread,
    "DELETE /threads/{thread}": delete_thread,
    "GET /threads/{thread}/messages": list_messages,
    "POST /threads/{thread}/messages": create_message,
    "GET /threads/{thread}/messages/{message}": get_message,
}
