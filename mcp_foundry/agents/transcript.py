"""A conversation as a person reads it, in Markdown, whichever of the three kinds its id is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

from mcp_foundry.agents.citations import AnswerText
from mcp_foundry.agents.responses.asking import activity_of
from mcp_foundry.contract.answers import Answer
from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.contract.identifiers import check_conversation

if TYPE_CHECKING:
    from mcp_foundry.contract.answers import Json
    from mcp_foundry.project.session import FoundrySession
    from mcp_foundry.service.wire import Wire

_PAGE = "limit=100&order=desc"
_PAGES = 5
"""Pages of a hundred items each; what is older is left out, and said to be."""
_TURNS = 50
"""Turns of a chain of responses, each of which takes two requests."""


@dataclass
class Transcript:
    """What was said, the oldest first.

    Attributes:
        turns: Who spoke, and what.
        agents: The agents that spoke; empty text where the service does not name one.
        notes: What is missing, and why.
    """

    turns: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    agents: set[str] = field(default_factory=set[str])
    notes: list[str] = field(default_factory=list[str])

    def say(self, who: str, what: str) -> None:
        """Append what was said; the same speaker goes on without a new heading."""
        if not what:
            return
        if self.turns and self.turns[-1][0] == who:
            what = f"{self.turns.pop()[1]}\n\n{what}"
        self.turns.append((who, what))

    def as_markdown(self, title: str) -> str:
        """Return the whole, under `title`."""
        notes = [f"> {note}" for note in self.notes]
        turns = [f"## {who}\n\n{what}" for who, what in self.turns]
        return "\n\n".join([f"# {title}", *notes, *turns]) + "\n"


async def read_transcript(foundry: FoundrySession, conversation_id: str) -> str:
    """Return the conversation as Markdown.

    Args:
        foundry: The open project.
        conversation_id: `resp_…` (with the turns that led to it), `conv_…` or `thread_…`.

    Raises:
        FoundryError: There is no such conversation, it may not be read, or the service failed.
    """
    if conversation_id == "new":
        raise FoundryError("invalid_request", "`new` is no conversation yet. Pass an answer's id.")
    check_conversation(conversation_id, "")
    transcript = Transcript()
    identifier = conversation_id.partition("/")[0]
    if identifier.startswith("thread_"):
        await _read_thread(foundry.wire, identifier, transcript)
    elif identifier.startswith("conv_"):
        await _read_conversation(foundry.wire, identifier, transcript)
    else:
        await _read_responses(foundry.wire, identifier, transcript)
    _check_allowed(foundry, transcript)
    return transcript.as_markdown(f"Conversation {identifier}")


def _check_allowed(foundry: FoundrySession, transcript: Transcript) -> None:
    for agent in transcript.agents:
        if agent:
            foundry.check_allowed(agent)
        elif foundry.settings.agents:
            raise FoundryError(
                "not_allowed",
                "the service does not say which agents spoke in this conversation, and "
                "MCP_FOUNDRY_AGENTS allows some only. It can be read where that is not set.",
            )


async def _read_thread(wire: Wire, thread: str, transcript: Transcript) -> None:
    path = f"/threads/{quote(thread)}/messages?api-version=v1&{_PAGE}"
    for message in await _newest(wire, path, f"conversation '{thread}'", transcript):
        if message.get("role") == "user":
            transcript.say("user", _text_of_message(message).text)
            continue
        agent = str(message.get("assistant_id") or "")
        transcript.agents.add(agent)
        transcript.say(agent or "assistant", _with_sources(_text_of_message(message)))


async def _read_conversation(wire: Wire, conversation: str, transcript: Transcript) -> None:
    path = f"/openai/v1/conversations/{quote(conversation)}/items?{_PAGE}"
    for item in await _newest(wire, path, f"conversation '{conversation}'", transcript):
        _add_item(item, transcript)


async def _read_responses(wire: Wire, newest: str, transcript: Transcript) -> None:
    """Go back from the newest response to the first; each knows only the one before it."""
    chain: list[Json] = []
    previous: Any = newest
    while previous and len(chain) < _TURNS:
        path = f"/openai/v1/responses/{quote(str(previous))}"
        try:
            response = await wire.fetch("GET", path, f"conversation '{previous}'")
        except FoundryError as failure:
            if not chain:
                raise
            transcript.notes.append(f"Earlier turns cannot be read: {failure}")
            break
        if conversation := _object(response.get("conversation")).get("id"):
            await _read_conversation(wire, conversation, transcript)
            return
        chain.insert(0, response)
        previous = response.get("previous_response_id")
    if len(chain) == _TURNS and previous:
        transcript.notes.append(f"Only the last {_TURNS} turns are shown.")
    seen: set[str] = set()
    for response in chain:
        asked = await _asked(wire, response["id"], transcript)
        # Some services list the whole history as the input of every turn.
        for item in [*asked, *_objects(response.get("output"))]:
            if item.get("id") not in seen:
                seen.add(str(item.get("id")))
                _add_item(item, transcript)
        _add_ending(response, transcript)


async def _asked(wire: Wire, response: str, transcript: Transcript) -> list[Json]:
    path = f"/openai/v1/responses/{quote(response)}/input_items?{_PAGE}"
    try:
        return await _newest(wire, path, f"conversation '{response}'", transcript)
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
        reason = _object(response.get("error") or response.get("incomplete_details")).values()
        transcript.notes.append(f"{response['id']} is {status}: {', '.join(map(str, reason))}")


def _add_item(item: Json, transcript: Transcript) -> None:
    if item.get("type") == "message" and item.get("role") != "assistant":
        transcript.say(str(item.get("role") or "user"), _text_of_item(item).text)
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
    transcript.say(agent or "assistant", _said(item))


def _said(item: Json) -> str:
    if item.get("type") == "message":
        return _with_sources(_text_of_item(item))
    if item.get("type") == "mcp_approval_request":
        return (
            f"⋯ Asks to approve {item.get('server_label')}.{item.get('name')}"
            f"({item.get('arguments') or ''})"
        )
    if item.get("type") == "oauth_consent_request":
        return "⋯ Asks a person to sign in"
    doing = activity_of(item)
    return f"⋯ {doing}" if doing else ""


def _object(value: object) -> Json:
    return cast("Json", value) if isinstance(value, dict) else {}


def _objects(value: object) -> list[Json]:
    return cast("list[Json]", value) if isinstance(value, list) else []


def _text_of_item(item: Json) -> AnswerText:
    text = AnswerText()
    for part in _objects(item.get("content")):
        text.add(part.get("text") or part.get("refusal") or "", part.get("annotations") or [])
    return text


def _text_of_message(message: Json) -> AnswerText:
    text = AnswerText()
    for part in _objects(message.get("content")):
        if part.get("type") == "image_file":
            text.add_image(part["image_file"]["file_id"])
        elif part.get("type") == "text":
            text.add(part["text"].get("value") or "", part["text"].get("annotations") or [])
    return text


def _with_sources(text: AnswerText) -> str:
    answer = Answer(status="completed", text=text.text, citations=text.citations)
    return "\n\n".join(filter(None, (text.text, answer.sources())))


async def _newest(wire: Wire, path: str, about: str, transcript: Transcript) -> list[Json]:
    """Return the newest items of a list, the oldest of them first."""
    found: list[Json] = []
    after = ""
    for _ in range(_PAGES):
        page = await wire.fetch("GET", path + after, about)
        found += _objects(page.get("data"))
        if not page.get("has_more") or not page.get("data"):
            break
        after = f"&after={quote(str(page['last_id'] or found[-1]['id']))}"
    else:
        transcript.notes.append(f"Only the last {len(found)} items are shown.")
    return found[::-1]
