"""Responses of the new generation: asked for, cancelled and deleted."""

import asyncio
import time
import uuid

from aiohttp import web

from mcp_foundry.emulator.http.calls import (
    RATE_HEADERS,
    Call,
    Routes,
    is_closing,
    reply,
    reply_with_fault,
    reply_with_nothing,
)
from mcp_foundry.emulator.http.sending import send_events
from mcp_foundry.emulator.responses.asking import LOCKED, start_response
from mcp_foundry.emulator.responses.reading import AGENT, PLACES, PROJECT, find
from mcp_foundry.emulator.wire.refusals import Refusal, invalid
from mcp_foundry.emulator.wire.values import Json

SERVER = "azure-ai-agentserver-core/2.0.0b7 (python/3.14)"
# What a background response is that can be cancelled no more, by its status.
REFUSED = {
    "completed": "a completed response",
    "failed": "a failed response",
    "incomplete": "a response in terminal state",
}


async def create(call: Call) -> web.StreamResponse:
    """POST /openai/v1/responses."""
    return await _answer(call, "")


async def create_at_agent(call: Call) -> web.StreamResponse:
    """POST /agents/{agent}/endpoint/protocols/openai/responses."""
    return await _answer(call, call.part("agent"))


async def _answer(call: Call, agent: str) -> web.StreamResponse:
    try:
        run = start_response(call, agent).run
    except Refusal as refusal:
        quiet = call.behaviour.locks == "empty" and call.body.get("stream")
        if quiet and refusal.code == LOCKED:
            return await reply_with_nothing(call.request)
        raise
    call.engine.taken += 1
    if call.fault.refuses:
        return await reply_with_fault(call)
    background = bool(run.body["background"])
    headers = {**RATE_HEADERS, **_resolution_headers(run.body)} if agent else RATE_HEADERS
    try:
        if session := call.store.sessions.get(run.session):
            await asyncio.sleep(max(0.0, session.ready - time.monotonic()))
        if call.body.get("stream"):
            sent = await send_events(call, run.stream, headers=headers)
            if not background and is_closing(call.request):
                run.cancel()  # a fault closed the connection
            return sent
        if not background:
            await run.stream.wait_ended()
    except (asyncio.CancelledError, ConnectionError):
        # The platform stops a response that no one listens to, unless it is a background one.
        if not background:
            run.cancel()
        raise
    return reply(run.show(), headers=headers)


def _resolution_headers(body: Json) -> dict[str, str]:
    """What an agent's own endpoint tells in headers, as recorded."""
    headers = {
        "x-agent-response-id": body["id"],
        "x-agent-version-resolution": "pinned",
        "x-agent-version-resolved": body["agent_reference"]["version"],
    }
    if "agent_session_id" in body:
        request_id = uuid.uuid4().hex
        headers["x-agent-session-id"] = body["agent_session_id"]
        headers["x-platform-server"] = SERVER
        headers["X-Request-ID"] = f"{request_id},{request_id}"
    return headers


async def delete(call: Call) -> web.StreamResponse:
    """DELETE /openai/v1/responses/{response}."""
    stored = find(call)
    del call.store.responses[stored.run.id]
    stored.turn.delete()
    return reply({"id": stored.run.id, "object": "response", "deleted": True})


async def cancel(call: Call) -> web.StreamResponse:
    """POST /openai/v1/responses/{response}/cancel."""
    run = find(call).run
    kind = REFUSED.get(run.body["status"]) if run.body["background"] else "a synchronous response"
    if kind:
        raise invalid(f"Cannot cancel {kind}.", code="invalid_request_error")
    run.cancel()
    if not run.stream.ended:
        await run.stream.wait_ended()
    return reply(run.body)


ROUTES: Routes = {
    f"POST {PROJECT}": create,
    f"POST {AGENT}": create_at_agent,
    **{f"DELETE {place}/{{response}}": delete for place in PLACES},
    **{f"POST {place}/{{response}}/cancel": cancel for place in PLACES},
}
