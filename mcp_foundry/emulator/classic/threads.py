"""Agents, threads and messages of the classic generation."""

from aiohttp import web

from mcp_foundry.emulator.classic.checks import check_message, check_thread
from mcp_foundry.emulator.classic.run import ClassicRun
from mcp_foundry.emulator.classic.shapes import listed, no_such, thread_body, user_message
from mcp_foundry.emulator.files.indexing import check_file, no_assets, put_in
from mcp_foundry.emulator.files.vector_stores import new_store
from mcp_foundry.emulator.http.calls import Call, Routes, reply
from mcp_foundry.emulator.store.records import Thread
from mcp_foundry.emulator.store.vector_stores import VectorStore
from mcp_foundry.emulator.wire.limits import check_metadata
from mcp_foundry.emulator.wire.refusals import invalid
from mcp_foundry.emulator.wire.values import Json, as_list, as_object, as_text


def find_thread(call: Call) -> Thread[ClassicRun]:
    """The thread in the path, or a refusal."""
    name = call.part("thread")
    if name not in call.store.threads:
        raise no_such("thread", name)
    return call.store.threads[name]


def new_thread(call: Call, request: Json) -> Thread[ClassicRun]:
    """Create a thread, with its first messages if the request has some."""
    check_resources(request)
    thread = Thread[ClassicRun](thread_body(request))
    added = _messages(call, thread, request.get("messages"))
    call.store.threads[thread.info["id"]] = thread
    thread.messages.extend(added)
    return thread


def check_resources(request: Json) -> None:
    """Refuse resources that are only in Azure.

    Raises:
        Refusal: There are some.
    """
    search = as_object(as_object(request.get("tool_resources")).get("file_search"))
    for each in map(as_object, as_list(search.get("vector_stores"))):
        no_assets(each)


def add_messages(call: Call, thread: Thread[ClassicRun], given: object) -> list[Json]:
    """Append the caller's messages to a thread."""
    added = _messages(call, thread, given)
    thread.messages.extend(added)
    return added


def _messages(call: Call, thread: Thread[ClassicRun], given: object) -> list[Json]:
    messages = [as_object(each) for each in as_list(given)]
    attached = [as_object(one) for each in messages for one in as_list(each.get("attachments"))]
    for each in attached:
        no_assets(each)
        call.store.files.uploaded(as_text(each.get("file_id")))
    searched = [each for each in attached if _is_for(each, "file_search")]
    for each in searched:
        check_file(call.store.files, as_text(each["file_id"]))
    for each in searched:
        put_in(call, _store_of(call, thread), {"file_id": each["file_id"]})
    return [user_message(each, thread.info["id"]) for each in messages]


def _is_for(attachment: Json, kind: str) -> bool:
    return any(as_object(tool).get("type") == kind for tool in as_list(attachment.get("tools")))


def _store_of(call: Call, thread: Thread[ClassicRun]) -> VectorStore:
    """The store that a thread has for what comes with its messages, opened if there is none."""
    resources: Json = thread.info["tool_resources"]
    search = as_object(resources.get("file_search"))
    for each in as_list(search.get("vector_store_ids")):
        if store := call.store.files.vector_stores.get(as_text(each)):
            return store
    # Documented: it expires seven days after its last use.
    store = new_store(call, {"expires_after": {"anchor": "last_active_at", "days": 7}})
    resources["file_search"] = {**search, "vector_store_ids": [store.id]}
    return store


async def create_thread(call: Call) -> web.StreamResponse:
    """POST /threads."""
    check_thread(call.body)
    return reply(new_thread(call, call.body).info)


async def get_thread(call: Call) -> web.StreamResponse:
    """GET /threads/{thread}."""
    resources: Json = {"code_interpreter": {"file_ids": []}, "azure_ai_search": {"indexes": []}}
    info = find_thread(call).info
    return reply({**info, "tool_resources": {**resources, **info["tool_resources"]}})


async def list_threads(call: Call) -> web.StreamResponse:
    """GET /threads."""
    return reply(listed([each.info for each in call.store.threads.values()], call.query))


async def update_thread(call: Call) -> web.StreamResponse:
    """POST /threads/{thread}."""
    info = find_thread(call).info
    check_resources(call.body)
    check_thread(call.body)
    for name in ("metadata", "tool_resources"):
        if call.body.get(name) is not None:
            info[name] = as_object(call.body[name])
    return reply(info)


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
    return reply(add_messages(call, thread, [call.body])[0])


async def list_messages(call: Call) -> web.StreamResponse:
    """GET /threads/{thread}/messages."""
    run = call.query.get("run_id")
    messages = find_thread(call).messages
    return reply(listed([m for m in messages if not run or m["run_id"] == run], call.query))


async def get_message(call: Call) -> web.StreamResponse:
    """GET /threads/{thread}/messages/{message}."""
    return reply(_message(call))


async def update_message(call: Call) -> web.StreamResponse:
    """POST /threads/{thread}/messages/{message}: its metadata, and nothing else."""
    message = _message(call)
    check_metadata(call.body)
    if call.body.get("metadata") is not None:
        message["metadata"] = as_object(call.body["metadata"])
    return reply(message)


def _message(call: Call) -> Json:
    name = call.part("message")
    for message in find_thread(call).messages:
        if message["id"] == name:
            return message
    raise no_such("message", name)


ROUTES: Routes = {
    "POST /threads": create_thread,
    "GET /threads": list_threads,
    "GET /threads/{thread}": get_thread,
    "POST /threads/{thread}": update_thread,
    "DELETE /threads/{thread}": delete_thread,
    "GET /threads/{thread}/messages": list_messages,
    "POST /threads/{thread}/messages": create_message,
    "GET /threads/{thread}/messages/{message}": get_message,
    "POST /threads/{thread}/messages/{message}": update_message,
}
