"""What was said in a conversation of the current generation, or up to one of its responses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcp_foundry.agents.citations import AnswerText
from mcp_foundry.agents.question import RunIds
from mcp_foundry.agents.responses.answers import add_content
from mcp_foundry.agents.responses.reading import activity_of
from mcp_foundry.agents.responses.stored import at_its_place
from mcp_foundry.agents.transcript import PAGE, newest_items, with_sources
from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.contract.json import object_in, objects_in

if TYPE_CHECKING:
    from mcp_foundry.agents.responses.routes import Routes
    from mcp_foundry.agents.transcript import Transcript
    from mcp_foundry.contract.json import Json
    from mcp_foundry.service.places import Place
    from mcp_foundry.service.wire import Wire

_TURNS = 50
"""Turns of a chain of responses, each of which takes two requests."""


async def read_responses(
    wire: Wire, routes: Routes, conversation_id: str, transcript: Transcript
) -> None:
    """Read `conv_…`, or `resp_…` with the turns that led to it, into `transcript`.

    A response may be named with its agent, `NAME/resp_…`.

    Raises:
        FoundryError: There is no such conversation, or the service could not be asked.
    """
    places = routes.of_answer(RunIds(conversation_id, "", ""))
    if conversation_id.startswith("conv_"):
        await _read_items(wire, places[0], conversation_id, transcript)
        return

    async def read(place: Place) -> None:
        await _read_chain(wire, place, conversation_id.rpartition("/")[2], transcript)

    await at_its_place(places, read)


async def _read_items(wire: Wire, place: Place, conversation: str, transcript: Transcript) -> None:
    path = place.items(conversation, PAGE)
    for item in await newest_items(wire, path, f"conversation '{conversation}'", transcript):
        _add_item(item, transcript)


async def _read_chain(wire: Wire, place: Place, newest: str, transcript: Transcript) -> None:
    """Go back from the newest response to the first; each knows only the one before it."""
    chain: list[Json] = []
    previous: Any = newest
    while previous and len(chain) < _TURNS:
        path = place.response(str(previous))
        try:
            response = await wire.fetch("GET", path, f"conversation '{previous}'")
        except FoundryError as failure:
            if not chain:
                raise
            transcript.notes.append(f"Earlier turns cannot be read: {failure}")
            break
        if conversation := object_in(response.get("conversation")).get("id"):
            await _read_items(wire, place, conversation, transcript)
            return
        chain.insert(0, response)
        previous = response.get("previous_response_id")
    if len(chain) == _TURNS and previous:
        transcript.notes.append(f"Only the last {_TURNS} turns are shown.")
    seen: set[str] = set()
    for response in chain:
        asked = await _read_input(wire, place, response["id"], transcript)
        # Some services list the whole history as the input of every turn.
        for item in [*asked, *objects_in(response.get("output"))]:
            if item.get("id") not in seen:
                seen.add(str(item.get("id")))
                _add_item(item, transcript)
        _add_ending(response, transcript)


async def _read_input(
    wire: Wire, place: Place, response: str, transcript: Transcript
) -> list[Json]:
    path = place.response(response, "/input_items", PAGE)
    try:
        return await newest_items(wire, path, f"conversation '{response}'", transcript)
    except FoundryError as failure:
        transcript.notes.append(f"What was asked cannot be read: {failure}")
        return []


def _add_ending(response: Json, transcript: Transcript) -> None:
    status = str(response.get("status") or "completed")
    if status in {"queued", "in_progress"}:
        transcript.notes.append(
            f"The agent is still at work: get_answer with answer_id={response['id']} brings it."
        )
    elif status != "completed":
        reason = object_in(response.get("error") or response.get("incomplete_details")).values()
        transcript.notes.append(f"{response['id']} is {status}: {', '.join(map(str, reason))}")


def _add_item(item: Json, transcript: Transcript) -> None:
    if item.get("type") == "message" and item.get("role") != "assistant":
        transcript.say(str(item.get("role") or "user"), _text_of(item).text)
        return
    if item.get("type") == "function_call_output":
        transcript.say("user", f"⋯ Result of the function: {item.get('output')}")
        return
    if item.get("type") == "mcp_approval_response":
        transcript.say("user", "⋯ Approved" if item.get("approve") else "⋯ Denied")
        return
    reference: Json = item.get("agent_reference") or {}
    agent = ":".join(filter(None, (reference.get("name"), str(reference.get("version") or ""))))
    transcript.agents.add(agent)
    transcript.say(agent or "assistant", _words_of(item))


def _words_of(item: Json) -> str:
    if item.get("type") == "message":
        return with_sources(_text_of(item))
    if item.get("type") == "mcp_approval_request":
        return (
            f"⋯ Asks to approve {item.get('server_label')}.{item.get('name')}"
            f"({item.get('arguments') or ''})"
        )
    if item.get("type") == "oauth_consent_request":
        return "⋯ Asks a person to sign in"
    doing = activity_of(item)
    return f"⋯ {doing}" if doing else ""


def _text_of(item: Json) -> AnswerText:
    text = AnswerText()
    add_content(item, text)
    return text
