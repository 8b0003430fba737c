"""What the service turns down in a request for a response before it looks at what exists."""

import re
import uuid
from contextlib import nullcontext

from mcp_foundry.emulator.faults.behaviour import Behaviour
from mcp_foundry.emulator.responses.items import check_items
from mcp_foundry.emulator.responses.shapes import conversation_id
from mcp_foundry.emulator.wire.limits import (
    check_kind,
    check_kinds,
    check_metadata,
    check_range,
    check_sampling,
    check_tools,
    check_value,
)
from mcp_foundry.emulator.wire.refusals import (
    Refusal,
    Violation,
    against_schema,
    invalid,
    told_by_schema,
)
from mcp_foundry.emulator.wire.values import Json, as_list, as_object, as_text

DEPRECATED = "The 'agent' property is deprecated. Use 'agent_reference' instead."
BESIDE_AN_AGENT = "Not allowed when agent is specified."
# What a version of an agent settles for itself; measured, each of them. Of what else a request may
# have, `structured_inputs` is documented; `max_output_tokens` is sent by public programs, and of
# `metadata`, `truncation`, `include`, `parallel_tool_calls` nobody knows a refusal: they are taken.
SETTLED_BY_THE_AGENT = (
    "tools",
    "tool_choice",
    "instructions",
    "text",
    "reasoning",
    "model",
    "temperature",
    "top_p",
)
RESPONSE_ID = re.compile(r"\w*resp_[A-Za-z0-9]+")
KINDS = {
    "agent_reference": "an object",
    "agent_session_id": "a string",
    "background": "a boolean",
    "include": "an array",
    "instructions": "a string",
    "model": "a string",
    "parallel_tool_calls": "a boolean",
    "previous_response_id": "a string",
    "reasoning": "an object",
    "store": "a boolean",
    "stream": "a boolean",
    "structured_inputs": "an object",
    "text": "an object",
}
FEWEST_TOKENS = 16
MOST_LOGPROBS = 20
TRUNCATIONS = ("auto", "disabled")
CHOICES = ("none", "auto", "required")
# Of several tools, and of a tool at a server: nobody has shown how these are refused.
CHOSEN_OTHERWISE = ("allowed_tools", "mcp")


def check_request(request: Json, behaviour: Behaviour, agent: str) -> None:
    """Refuse a request that is wrong in itself; `agent` is the one whose endpoint was asked.

    Raises:
        Refusal: Of the first thing that is wrong.
    """
    if "agent" in request:
        raise invalid(DEPRECATED, param="agent")
    if request.get("input") is None and not conversation_id(request):
        raise invalid("Missing required parameter: 'input'.", param="input")
    if conversation_id(request) and request.get("previous_response_id"):
        sentence = "'previous_response_id' and 'conversation' are mutually exclusive."
        raise invalid(sentence, param="conversation", code="mutually_exclusive_parameters")
    previous = as_text(request.get("previous_response_id"))
    if previous:
        check_id(previous, "previous_response_id")
    if request.get("background") and request.get("store") is False:
        raise invalid("Background responses require 'store' to be true.", param="store")
    asks_agent = bool(agent) or "agent_reference" in request
    if asks_agent:
        _check_fields(request, behaviour)
    # Seen in reports: what goes to an agent is held against a schema before any model sees it.
    with told_by_schema() if asks_agent else nullcontext():
        _check_values(request)


def _check_fields(request: Json, behaviour: Behaviour) -> None:
    # At an agent's own endpoint only the words refuse: a client of the Responses API that sends a
    # model to everything is not known to be turned away there.
    settled = SETTLED_BY_THE_AGENT if "agent_reference" in request else ()
    sent = {name for name, value in request.items() if value is not None}
    for name in (*settled, *behaviour.refused_fields):
        if name in sent:
            raise Refusal(400, "invalid_payload", BESIDE_AN_AGENT, param=name, shape="project")
    for name in behaviour.refuses_by_schema:
        if name in sent:
            sentence = f"The property '{name}' is not expected here."
            raise against_schema(f"/{name}", sentence, "invalid_payload")


def _check_values(request: Json) -> None:
    check_kinds(request, KINDS)
    check_items(request.get("input"), "input")
    conversation = request.get("conversation")
    if not isinstance(conversation, str | None):
        check_kind(conversation, "an object", "conversation")
        check_kind(as_object(conversation).get("id"), "a string", "conversation.id")
    for field in ("name", "version"):
        check_kind(
            as_object(request.get("agent_reference")).get(field, ""),
            "a string",
            f"agent_reference.{field}",
        )
    check_metadata(request)
    check_sampling(request)
    check_range(request, "max_output_tokens", FEWEST_TOKENS, kind="an integer")
    check_range(request, "top_logprobs", 0, MOST_LOGPROBS, kind="an integer")
    if request.get("truncation") is not None:
        check_value(request["truncation"], TRUNCATIONS, "truncation")
    check_tools(request)
    _check_choice(request)


def _check_choice(request: Json) -> None:
    """Refuse the choice of a tool that the request does not declare."""
    choice = request.get("tool_choice")
    if isinstance(choice, str):
        check_value(choice, CHOICES, "tool_choice")
    if choice is None or isinstance(choice, str):
        return
    check_kind(choice, "an object", "tool_choice")
    kind = as_text(choice.get("type"))
    if kind in CHOSEN_OTHERWISE:
        return
    by_name = kind in {"function", "custom"}
    wanted = as_text(choice.get("name")) if by_name else kind
    tools = [as_object(tool) for tool in as_list(request.get("tools"))]
    named = [as_text(tool.get("name")) for tool in tools if tool["type"] == kind]
    if wanted not in (named if by_name else [tool["type"] for tool in tools]):
        sentence = f"Tool choice '{wanted}' not found in 'tools' parameter."
        raise Violation("tool_choice", sentence, "")


def not_theirs(name: str) -> Refusal:
    """Refuse a hosted agent's response to another user, as recorded."""
    identifier = uuid.uuid4().hex
    sentence = f"Response '{name}' not found. [Request ID: {identifier}]"
    return Refusal(404, "not_found", sentence, kind="error", shape="project")


def check_id(name: str, param: str) -> None:
    """Refuse what cannot be the id of a response."""
    if not RESPONSE_ID.fullmatch(name):
        raise invalid("Malformed identifier.", param=param, code="invalid_parameters")
