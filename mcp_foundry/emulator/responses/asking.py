"""From the body of a request to a response under way."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, partial

from mcp_foundry.emulator.http.calls import Call
from mcp_foundry.emulator.model.question import Question
from mcp_foundry.emulator.responses.answering import Asked, resolve
from mcp_foundry.emulator.responses.checks import check_request, not_theirs
from mcp_foundry.emulator.responses.conversations import find_conversation
from mcp_foundry.emulator.responses.memory_tool import MEMORY_TOOLS, use_memory
from mcp_foundry.emulator.responses.questions import question_of, settings_of
from mcp_foundry.emulator.responses.replies import match_replies, referred
from mcp_foundry.emulator.responses.run import Hooks, ResponseRun
from mcp_foundry.emulator.responses.shapes import conversation_id, response_body
from mcp_foundry.emulator.store.records import Conversation, StoredResponse, Turn
from mcp_foundry.emulator.wire.refusals import Refusal, invalid
from mcp_foundry.emulator.wire.shapes import input_items
from mcp_foundry.emulator.wire.values import CHARACTERS_PER_TOKEN, Json, as_list, as_text

BUSY = (
    "Cannot create a new response while an in-progress response exists for agent {agent} in "
    "conversation {conversation}."
)
LOCKED = "conversation_locked"
# Documented: in the scope of an agent's tool, and nowhere else.
USER_ID = "{{$userId}}"
FORK = (
    "This agent does not support conversation forking. Response '{name}' is followed by another "
    "one already: go on from the newest."
)


@dataclass(frozen=True)
class Past:
    """What was said before: a conversation, or the turns up to a response, or nothing."""

    conversation: Conversation | None = None
    previous: Turn | None = None

    @cached_property
    def items(self) -> list[Json]:
        """All items, oldest first; of turns that are on disk each is read, so it is done once."""
        if self.conversation:
            return self.conversation.items
        return self.previous.history() if self.previous else []

    def add(self, turn: Turn, *, counts: bool) -> None:
        """Append a turn that is over; one that failed leaves a conversation as it was."""
        if self.conversation:
            self.conversation.busy = ""
            self.conversation.items.extend(turn.items if counts else [])


def start_response(call: Call, agent: str = "") -> StoredResponse[ResponseRun]:
    """Check a request and begin to answer it; `agent` is the one whose endpoint was asked."""
    request = _as_taken(call)
    check_request(request, call.behaviour, agent)
    asked = resolve(call, request, agent)
    followed = _previous(call, request, asked)
    past = Past(_conversation(call, request, asked), followed.turn if followed else None)
    remembered = _remembered(call, past, followed)
    given = referred(past.items, input_items(request.get("input")))
    replies = match_replies(remembered, given)
    settings = settings_of(request, asked)
    question = question_of(call, asked.name, settings, [*past.items, *given], replies)
    if not replies:
        question = replace(question, script=call.engine.next_script())
    body = response_body(request, settings, asked.reference, asked.session)
    stored = _new_response(call, body, asked, question, past, given)
    if followed:
        followed.followed = True
    if past.conversation:
        past.conversation.busy = stored.run.id
    if stored.run.body["store"]:
        call.store.responses[stored.run.id] = stored
    stored.run.start(question)
    return stored


def _as_taken(call: Call) -> Json:
    """The request without the fields that the service forgets."""
    forgotten = {
        "background": call.behaviour.ignores_background,
        "metadata": call.behaviour.drops_metadata,
    }
    return {name: value for name, value in call.body.items() if not forgotten.get(name)}


def _remembered(call: Call, past: Past, followed: StoredResponse[ResponseRun] | None) -> list[Json]:
    """The items that replies may answer; known to lack the calls of a background response."""
    forgets = call.behaviour.forgets_calls_of_background
    if not (forgets and followed and followed.run.body["background"]):
        return past.items
    called = [item["id"] for item in followed.run.output if item["type"] == "function_call"]
    return [item for item in past.items if item["id"] not in called]


def _new_response(  # noqa: PLR0913, PLR0917 - all that a response begins with
    call: Call, body: Json, asked: Asked, question: Question, past: Past, given: list[Json]
) -> StoredResponse[ResponseRun]:
    turn = Turn(past.previous, list(given))

    def finished(counts: bool) -> None:
        turn.items.extend(run.body["output"])
        past.add(turn, counts=counts)

    size = len(question.message) + sum(len(text) for _, text in question.earlier)
    include = frozenset(map(as_text, as_list(call.body.get("include"))))
    streamed = bool(call.body.get("stream"))
    hooks = Hooks(finished, streamed, include, _memory(call, question))
    run = ResponseRun(body, call.engine, call.fault, 10 + size // CHARACTERS_PER_TOKEN, hooks)
    agent = as_text((asked.reference or {}).get("name"))
    return StoredResponse(run, turn, given, agent, call.caller.user)


def _memory(call: Call, question: Question) -> Callable[[], Json] | None:
    for tool in question.tools:
        if tool.get("type") in MEMORY_TOOLS and question.message:
            store = call.store.memory_store(as_text(tool.get("memory_store_name")))
            scope = str(tool.get("scope", "")).replace(USER_ID, call.caller.memory_user)
            own = {**tool, "scope": scope}
            return partial(use_memory, call.engine, store, own, question.message)
    return None


def _conversation(call: Call, request: Json, asked: Asked) -> Conversation | None:
    name = conversation_id(request)
    if not name:
        return None
    found = find_conversation(call, name, hosted=asked.session is not None)
    if found.busy and call.behaviour.locks != "busy":
        sentence = "Conversation is locked — task is in_progress"
        raise Refusal(409, LOCKED, sentence, kind="conflict")
    if found.busy:
        agent = (asked.reference or {"name": asked.name})["name"]
        raise invalid(BUSY.format(agent=agent, conversation=name), code="conversation_busy")
    return found


def _previous(call: Call, request: Json, asked: Asked) -> StoredResponse[ResponseRun] | None:
    name = as_text(request.get("previous_response_id"))
    if not name:
        return None
    stored = call.store.responses.get(name)
    agent = as_text((asked.reference or {}).get("name"))
    if stored is not None and not stored.may_follow(agent, call.caller.user):
        raise not_theirs(name)
    if stored is None or not call.meets(stored.user, hosted=stored.hosted):
        sentence = f"Previous response with id '{name}' not found."
        raise Refusal(400, "previous_response_not_found", sentence, param="previous_response_id")
    if stored.followed and call.behaviour.forbids_forks:
        sentence = FORK.format(name=name)
        code = "conversation_fork_not_supported"
        raise Refusal(409, code, sentence, param="previous_response_id")
    return stored
