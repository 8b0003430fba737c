"""Responses as they are read: by their id, as a stream once more, and as a list."""

import re
from collections.abc import Iterator

from aiohttp import web

from mcp_foundry.emulator.http.calls import Call, Routes, reply
from mcp_foundry.emulator.http.sending import send_events
from mcp_foundry.emulator.responses.checks import check_id, not_theirs
from mcp_foundry.emulator.responses.run import ResponseRun
from mcp_foundry.emulator.store.records import StoredResponse
from mcp_foundry.emulator.wire.limits import check_kind
from mcp_foundry.emulator.wire.refusals import Refusal, invalid
from mcp_foundry.emulator.wire.shapes import first_page, is_newest_first, page, with_ends
from mcp_foundry.emulator.wire.values import Json, as_object

PROJECT = "/openai/v1/responses"
AGENT = "/agents/{agent}/endpoint/protocols/openai/responses"
# What a prompt agent was asked at either place is found at both.
PLACES = (PROJECT, AGENT)
# The number of an event; a stream has not so many that more digits would name one.
AFTER = re.compile(r"-1|[0-9]{1,9}")

IN_THE_FOREGROUND = (
    "This response cannot be streamed because it was not created with background=true."
)
NOT_STREAMED = (
    "This response cannot be streamed because it was not created with stream=true or the stream "
    "TTL has expired."
)
TOO_OLD = "This response can no longer be streamed because it is more than 5 minutes old."


def find(call: Call) -> StoredResponse[ResponseRun]:
    """The response that the path names.

    Raises:
        Refusal: The id is none, or is not known at this place, or not yet.
    """
    name = call.part("response")
    check_id(name, f"responseId{{{name}}}")
    stored = call.store.responses.get(name)
    unknown = Refusal(404, "", f"Response with id '{name}' not found.")
    if stored is None or not stored.run.visible or not _is_here(call, stored):
        raise unknown
    if not call.meets(stored.user, hosted=stored.hosted):
        raise not_theirs(name) if stored.hosted else unknown
    return stored


def _is_here(call: Call, stored: StoredResponse[ResponseRun]) -> bool:
    asked = call.request.match_info.get("agent", "")
    if asked:
        return asked == stored.agent
    return call.behaviour.hosted_at_project or not stored.hosted


async def get(call: Call) -> web.StreamResponse:
    """GET /openai/v1/responses/{response}, as it is now, or as a stream from an event on."""
    if call.query.get("stream") == "true":
        return await _stream_again(call, find(call).run)
    if call.behaviour.get_breaks:
        sentence = "The server had an error while processing your request."
        raise Refusal(500, "server_error", sentence, kind="server_error")
    return reply(find(call).run.show())


async def _stream_again(call: Call, run: ResponseRun) -> web.StreamResponse:
    if not run.body["background"]:
        raise _not_streamed(IN_THE_FOREGROUND)
    if not run.replayable or run.forgotten:
        raise _not_streamed(NOT_STREAMED)
    if run.age >= call.behaviour.resume_seconds:
        raise _not_streamed(TOO_OLD)
    after = call.query.get("starting_after", "-1")
    if not AFTER.fullmatch(after):
        check_kind(after, "an integer", "starting_after")
    return await send_events(call, run.stream, int(after) + 1)


def _not_streamed(sentence: str) -> Refusal:
    return invalid(sentence, param="stream", code="invalid_request_error")


async def list_responses(call: Call) -> web.StreamResponse:
    """GET /openai/v1/responses, newest first."""
    if not call.behaviour.lists_responses:
        return await list_nothing(call)
    return reply(
        {"first_id": None, "last_id": None, **with_ends(first_page(_shown(call), call.query))}
    )


def _shown(call: Call) -> Iterator[Json]:
    """The responses that are asked for, one by one: there can be many thousands."""
    query, responses = call.query, call.store.responses
    newest_first = is_newest_first(query)
    mentioning = query.get("conversation_id") or query.get("agent_name") or ""
    before = query.get("before", "")
    before = before if before in responses and query.get("after") not in responses else ""
    hosted = call.behaviour.hosted_at_project
    for stored in responses.walk(
        newest_first=newest_first, after=query.get("after", ""), mentioning=mentioning
    ):
        run = stored.run
        if before and run.id == before:
            return
        there = run.visible and (hosted or not stored.hosted)
        there = there and call.meets(stored.user, hosted=stored.hosted)
        there = there and (call.behaviour.lists_running or not run.under_way)
        if there and _is_asked_for(run.body, query):
            yield run.show()


async def list_nothing(call: Call) -> web.StreamResponse:
    """GET …/endpoint/protocols/openai/responses, where no agent lists what it answered."""
    sentence = f"{call.request.method} is not allowed here."
    raise Refusal(405, "method_not_allowed", sentence)


def _is_asked_for(body: Json, query: dict[str, str]) -> bool:
    agent = as_object(body.get("agent_reference"))
    known = {
        "agent_name": agent.get("name"),
        "agent_id": f"{agent.get('name')}:{agent.get('version')}",
        "conversation_id": as_object(body.get("conversation")).get("id"),
    }
    return all(value == query.get(name, value) for name, value in known.items())


async def list_input_items(call: Call) -> web.StreamResponse:
    """GET /openai/v1/responses/{response}/input_items."""
    return reply(page(find(call).given, call.query))


ROUTES: Routes = {
    f"GET {PROJECT}": list_responses,
    f"GET {AGENT}": list_nothing,
    **{f"GET {place}/{{response}}": get for place in PLACES},
    **{f"GET {place}/{{response}}/input_items": list_input_items for place in PLACES},
}
