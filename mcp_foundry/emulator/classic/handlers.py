"""Runs of the classic generation."""

from dataclasses import replace

from aiohttp import web

from mcp_foundry.emulator.classic.agents import find_agent
from mcp_foundry.emulator.classic.asking import new_run, question_to
from mcp_foundry.emulator.classic.checks import check_outputs, check_run, check_thread
from mcp_foundry.emulator.classic.replies import match_replies, reply_to
from mcp_foundry.emulator.classic.run import ClassicRun
from mcp_foundry.emulator.classic.shapes import listed, no_such
from mcp_foundry.emulator.classic.threads import add_messages, find_thread, new_thread
from mcp_foundry.emulator.http.calls import Call, Routes, reply, reply_with_fault
from mcp_foundry.emulator.http.sending import send_events
from mcp_foundry.emulator.wire.limits import check_metadata
from mcp_foundry.emulator.wire.refusals import invalid
from mcp_foundry.emulator.wire.values import as_object, as_text


async def create(call: Call) -> web.StreamResponse:
    """POST /threads/{thread}/runs."""
    thread = find_thread(call)
    check_run(call.body)
    agent = find_agent(call.store, as_text(call.body.get("assistant_id")))
    if thread.active:
        name, run = thread.info["id"], thread.active.id
        raise invalid(f"Thread {name} already has an active run {run}.", code="")
    add_messages(call, thread, call.body.get("additional_messages"))
    return await _answer(call, new_run(call, thread, agent))


async def create_with_thread(call: Call) -> web.StreamResponse:
    """POST /threads/runs."""
    check_run(call.body)
    check_thread(as_object(call.body.get("thread")))
    agent = find_agent(call.store, as_text(call.body.get("assistant_id")))
    thread = new_thread(call, as_object(call.body.get("thread")))
    run = new_run(call, thread, agent)
    run.emit("thread.created", thread.info)
    return await _answer(call, run)


async def _answer(call: Call, run: ClassicRun) -> web.StreamResponse:
    thread = call.store.threads[run.body["thread_id"]]
    question = replace(question_to(run, thread), script=call.engine.next_script())
    thread.runs[run.id] = run
    run.deployed = run.body["model"] in call.store.deployments
    run.announce()
    run.start(question)
    call.engine.taken += 1
    return await _reply(call, run)


async def _reply(call: Call, run: ClassicRun) -> web.StreamResponse:
    if call.fault.refuses:
        return await reply_with_fault(call)
    # A classic run is none of the connection's business: it goes on when the client goes away.
    if call.body.get("stream"):
        return await send_events(call, run.stream)
    return reply(run.body)


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


async def update(call: Call) -> web.StreamResponse:
    """POST /threads/{thread}/runs/{run}: its metadata, and nothing else."""
    run = _find(call)
    check_metadata(call.body)
    if call.body.get("metadata") is not None:
        run.body["metadata"] = as_object(call.body["metadata"])
    return reply(run.body)


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
    check_outputs(call.body)
    given = match_replies(run.waiting, call.body)
    replies = tuple(reply_to(each, given[each.id]) for each in run.waiting)
    outputs = {name: each.get("output") for name, each in given.items()}
    run.resume(outputs, question_to(run, find_thread(call), replies), call.fault)
    return await _reply(call, run)


ROUTES: Routes = {
    "POST /threads/runs": create_with_thread,
    "GET /threads/{thread}/runs": list_runs,
    "POST /threads/{thread}/runs": create,
    "GET /threads/{thread}/runs/{run}": get,
    "POST /threads/{thread}/runs/{run}": update,
    "POST /threads/{thread}/runs/{run}/cancel": cancel,
    "POST /threads/{thread}/runs/{run}/submit_tool_outputs": submit,
    "GET /threads/{thread}/runs/{run}/steps": list_steps,
    "GET /threads/{thread}/runs/{run}/steps/{step}": get_step,
}
