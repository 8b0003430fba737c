"""Runs of the classic generation."""

from aiohttp import web

from mcp_foundry.emulator.classic.run import ClassicRun
from mcp_foundry.emulator.classic.shapes import listed, message_text, run_body
from mcp_foundry.emulator.classic.steps import Call as ToolCall
from mcp_foundry.emulator.classic.threads import (
    add_messages,
    find_agent,
    find_thread,
    new_thread,
    no_such,
)
from mcp_foundry.emulator.http.calls import Call, misbehave, reply
from mcp_foundry.emulator.http.sending import send_events
from mcp_foundry.emulator.model.acts import Question, Reply
from mcp_foundry.emulator.store.records import Thread
from mcp_foundry.emulator.wire.values import Json, as_list, as_object, as_text, invalid

CHARACTERS_PER_TOKEN = 4
LIFETIME = 600.0


async def create(call: Call) -> web.StreamResponse:
    """POST /threads/{thread}/runs."""
    thread = find_thread(call)
    agent = find_agent(call.store, as_text(call.body.get("assistant_id")))
    if thread.active:
        name, run = thread.info["id"], thread.active.id
        raise invalid(f"Thread {name} already has an active run {run}.", code="")
    add_messages(thread, call.body.get("additional_messages"))
    return await _answer(call, _new_run(call, thread, agent))


async def create_with_thread(call: Call) -> web.StreamResponse:
    """POST /threads/runs."""
    agent = find_agent(call.store, as_text(call.body.get("assistant_id")))
    thread = new_thread(call.store, as_object(call.body.get("thread")))
    run = _new_run(call, thread, agent)
    run.emit("thread.created", thread.info)
    return await _answer(call, run)


def _new_run(call: Call, thread: Thread, agent: Json) -> ClassicRun:
    body = run_body(call.body, agent, thread.info["id"], LIFETIME)
    cost = sum(len(message_text(message)) for message in thread.messages) // CHARACTERS_PER_TOKEN
    run = ClassicRun(body, thread.messages, call.engine, call.fault, 10 + cost)
    run.agent = f"{agent['name']} ({agent['id']})" if agent["name"] else agent["id"]
    thread.runs[run.id] = run
    return run


async def _answer(call: Call, run: ClassicRun) -> web.StreamResponse:
    thread = call.store.threads[run.body["thread_id"]]
    question = _question(run, thread, (), call.engine.next_script())
    run.announce()
    run.start(question)
    call.engine.taken += 1
    return await _reply(call, run)


async def _reply(call: Call, run: ClassicRun) -> web.StreamResponse:
    if call.fault.refuses:
        return await misbehave(call)
    # A classic run is none of the connection's business: it goes on when the client goes away.
    if call.body.get("stream"):
        return await send_events(call, run.stream)
    return reply(run.body)


def _question(
    run: ClassicRun, thread: Thread, replies: tuple[Reply, ...], script: str | None
) -> Question:
    said = [(as_text(each["role"]), message_text(each)) for each in thread.messages]
    message = said.pop()[1] if not replies and said and said[-1][0] == "user" else ""
    return Question(
        agent=run.agent,
        instructions=as_text(run.body["instructions"]),
        message=message,
        earlier=tuple(said),
        replies=replies,
        script=script,
        directives=message,
    )


def _find(call: Call) -> ClassicRun:
    thread = find_thread(call)
    name = call.part("run")
    if name not in thread.runs:
        raise no_such("run", name)
    return thread.runs[name]


async def list_runs(call: Call) -> web.StreamResponse:
    """GET /threads/{thread}/runs."""
    return reply(listed([run.body for run in find_thread(call).runs.values()], call.query))


async def get(call: Call) -> web.StreamResponse:
    """GET /threads/{thread}/runs/{run}."""
    return reply(_find(call).body)


async def cancel(call: Call) -> web.StreamResponse:
    """POST /threads/{thread}/runs/{run}/cancel."""
    run = _find(call)
    if not run.active:
        raise invalid(f"Cannot cancel run with status '{run.body['status']}'.", code="")
    shown = {**run.body, "status": "cancelling"}
    run.cancel()
    return reply(shown)


async def list_steps(call: Call) -> web.StreamResponse:
    """GET /threads/{thread}/runs/{run}/steps."""
    return reply(listed(_find(call).steps, call.query))


async def get_step(call: Call) -> web.StreamResponse:
    """GET /threads/{thread}/runs/{run}/steps/{step}."""
    name = call.part("step")
    for step in _find(call).steps:
        if step["id"] == name:
            return reply(step)
    raise no_such("run step", name)


async def submit(call: Call) -> web.StreamResponse:
    """POST /threads/{thread}/runs/{run}/submit_tool_outputs: outputs or approvals."""
    run = _find(call)
    status = run.body["status"]
    if status != "requires_action":
        raise invalid(f'Runs in status "{status}" do not accept tool outputs.', code="")
    approvals = run.waiting[0].needs_approval
    field = "tool_approvals" if approvals else "tool_outputs"
    given = {as_text(each.get("tool_call_id")): each for each in as_list(call.body.get(field))}
    expected = [each.id for each in run.waiting]
    if sorted(given) != sorted(expected):
        sentence = f"Expected {field} for call_ids {expected}, got {list(given)}."
        raise invalid(sentence, param=field, code="")
    replies = tuple(_reply_to(each, given[each.id]) for each in run.waiting)
    outputs = {name: each.get("output") for name, each in given.items()}
    run.resume(outputs, _question(run, find_thread(call), replies, None), call.fault)
    return await _reply(call, run)


def _reply_to(waiting: ToolCall, given: Json) -> Reply:
    if waiting.needs_approval:
        called = waiting.body
        approve = given.get("approve") is True
        return Reply(
            waiting.id, called["name"], called["server_label"], called["arguments"], approve
        )
    function = as_object(waiting.body["function"])
    output = as_text(given.get("output"))
    return Reply(waiting.id, function["name"], "", function["arguments"], output=output)
