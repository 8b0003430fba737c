"""The Responses API of the new generation."""

import asyncio

from aiohttp import web

from mcp_foundry.emulator.http.calls import RATE_HEADERS, Call, Routes, reply, reply_with_fault
from mcp_foundry.emulator.http.sending import send_events
from mcp_foundry.emulator.responses.asking import start_response
from mcp_foundry.emulator.responses.run import ResponseRun
from mcp_foundry.emulator.store.records import StoredResponse
from mcp_foundry.emulator.wire.refusals import Refusal, invalid
from mcp_foundry.emulator.wire.shapes import page
from mcp_foundry.emulator.wire.values import Json, as_text


async def create(call: Call) -> web.StreamResponse:
    """POST /openai/v1/responses."""
    return await _answer(call, "")


async def create_at_agent(call: Call) -> web.StreamResponse:
    """POST /agents/{agent}/endpoint/protocols/openai/responses."""
    return await _answer(call, call.part("agent"))


async def _answer(call: Call, agent: str) -> web.StreamResponse:
    run = start_response(call, agent).run
    call.engine.taken += 1
    if call.fault.refuses:
        return await reply_with_fault(call)
    background = bool(call.body.get("background"))
    headers = {**RATE_HEADERS, **_resolution_headers(run.body)} if agent else RATE_HEADERS
    try:
        if call.body.get("stream"):
            return await send_events(call, run.stream, headers=headers)
        if not background:
            await run.stream.wait_ended()
    except (asyncio.CancelledError, ConnectionError):
        # The platform stops a response that no one listens to, unless it is a background one.
        if not background:
            run.cancel()
        raise
    return reply(run.body, headers=headers)


def _resolution_headers(body: Json) -> dict[str, str]:
    """What an agent's own endpoint tells in headers, as recorded."""
    return {
        "x-agent-response-id": body["id"],
        "x-agent-session-id": as_text(body.get("agent_session_id")),
        "x-agent-version-resolution": "pinned",
        "x-agent-version-resolved": body["agent_reference"]["version"],
    }


def _find(call: Call) -> StoredResponse[ResponseRun]:
    name = call.part("response")
    if name not in call.store.responses:
        raise Refusal(404, "", f"Response with id '{name}' not found.")
    return call.store.responses[name]


async def get(call: Call) -> web.StreamResponse:
    """GET /openai/v1/responses/{response}, as it is now, or as a stream from an event on."""
    run = _find(call).run
    if call.query.get("stream") != "true":
        return reply(run.show())
    if not run.body["background"]:
        raise invalid("Only responses created with background=true can be streamed again.")
    after = call.query.get("starting_after", "")
    return await send_events(call, run.stream, int(after) + 1 if after.isdecimal() else 0)


async def delete(call: Call) -> web.StreamResponse:
    """DELETE /openai/v1/responses/{response}."""
    stored = _find(call)
    del call.store.responses[stored.run.id]
    return reply({"id": stored.run.id, "object": "response", "deleted": True})


async def cancel(call: Call) -> web.StreamResponse:
    """POST /openai/v1/responses/{response}/cancel."""
    run = _find(call).run
    if not run.body["background"]:
        raise invalid("Cannot cancel a synchronous response.", param="response_id")
    run.cancel()
    if not run.stream.ended:
        await run.stream.wait_ended()
    return reply(run.body)


async def list_input_items(call: Call) -> web.StreamResponse:
    """GET /openai/v1/responses/{response}/input_items."""
    return reply(page(_find(call).given, call.query))


_PROJECT = "/openai/v1/responses"
_AGENT = "/agents/{agent}/endpoint/protocols/openai/responses"
# What was started at either place is found at both.
_PLACES = (_PROJECT, _AGENT)

ROUTES: Routes = {
    f"POST {_PROJECT}": create,
    f"POST {_AGENT}": create_at_agent,
    **{f"GET {place}/{{response}}": get for place in _PLACES},
    **{f"DELETE {place}/{{response}}": delete for place in _PLACES},
    **{f"POST {place}/{{response}}/cancel": cancel for place in _PLACES},
    **{f"GET {place}/{{response}}/input_items": list_input_items for place in _PLACES},
}
