"""Agents, threads and messages of the classic generation."""

from aiohttp import web

from mcp_foundry.emulator.classic.shapes import listed, thread_body, user_message
from mcp_foundry.emulator.http.calls import Call, reply
from mcp_foundry.emulator.store.contents import Store
from mcp_foundry.emulator.store.records import Thread
from mcp_foundry.emulator.wire.values import Json, Refusal, as_list, as_object, invalid


def no_such(noun: str, name: str) -> Refusal:
    """Refuse as the classic plane does."""
    return Refusal(404, "not_found", f"No {noun} found with id '{name}'.")


def find_agent(store: Store, name: str) -> Json:
    """The classic agent of that id, or a refusal."""
    if name not in store.classic_agents:
        raise no_such("assistant", name)
    return store.classic_agents[name]


def find_thread(call: Call) -> Thread:
    """The thread in the path, or a refusal."""
    name = call.part("thread")
    if name not in call.store.threads:
        raise no_such("thread", name)
    return call.store.threads[name]


def new_thread(store: Store, request: Json) -> Thread:
    """Create a thread, with its first messages if the request has some."""
    thread = Thread(thread_body(request))
    store.threads[thread.info["id"]] = thread
    add_messages(thread, request.get("messages"))
    return thread


def add_messages(thread: Thread, given: object) -> list[Json]:
    """Append the caller's messages to a thread."""
    added = [user_message(as_object(each), thread.info["id"]) for each in as_list(given)]
    thread.messages.extend(added)
    return added


async def list_agents(call: Call) -> web.StreamResponse:
    """GET /assistants."""
    return reply(listed(list(call.store.classic_agents.values()), call.query))


async def create_agent(call: Call) -> web.StreamResponse:
    """POST /assistants."""
    if not call.body.get("model"):
        raise invalid("Missing required parameter: 'model'.", param="model")
    return reply(call.store.add_classic_agent(**_settings(call.body)))


async def get_agent(call: Call) -> web.StreamResponse:
    """GET /assistants/{agent}."""
    return reply(find_agent(call.store, call.part("agent")))


async def update_agent(call: Call) -> web.StreamResponse:
    """POST /assistants/{agent}."""
    agent = find_agent(call.store, call.part("agent"))
    agent.update(_settings(call.body))
    return reply(agent)


def _settings(request: Json) -> Json:
    settings = {key: value for key, value in request.items() if key not in {"id", "object"}}
    for tool in map(as_object, as_list(settings.get("tools"))):
        if tool.get("type") == "function":
            as_object(tool.get("function")).setdefault("strict", False)
        elif tool.get("type") == "mcp":
            tool.setdefault("allowed_tools", None)
    return settings


async def delete_agent(call: Call) -> web.StreamResponse:
    """DELETE /assistants/{agent}."""
    name = find_agent(call.store, call.part("agent"))["id"]
    del call.store.classic_agents[name]
    return reply({"id": name, "object": "assistant.deleted", "deleted": True})


async def create_thread(call: Call) -> web.StreamResponse:
    """POST /threads."""
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
