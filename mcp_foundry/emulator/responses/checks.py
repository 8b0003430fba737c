"""What the service turns down in a request for a response before it looks at what exists."""

import re
import uuid

from mcp_foundry.emulator.faults.behaviour import Behaviour
from mcp_foundry.emulator.responses.shapes import conversation_id
from mcp_foundry.emulator.wire.refusals import Refusal, invalid
from mcp_foundry.emulator.wire.values import Json, as_text

DEPRECATED = "The 'agent' property is deprecated. Use 'agent_reference' instead."
BESIDE_AN_AGENT = "Not allowed when agent is specified."
AGAINST_THE_SCHEMA = "The provided data does not match the expected schema"
# What a version of an agent settles for itself.
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
    if agent or "agent_reference" in request:
        _check_fields(request, behaviour)


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
            detail = {"code": "invalid_payload", "message": sentence, "param": f"/{name}"}
            raise Refusal(
                400,
                "invalid_payload",
                AGAINST_THE_SCHEMA,
                param="/",
                shape="project",
                details=[{**detail, "type": "error"}],
            )


def not_theirs(name: str) -> Refusal:
    """Refuse a hosted agent's response to another user, as recorded."""
    identifier = uuid.uuid4().hex
    sentence = f"Response '{name}' not found. [Request ID: {identifier}]"
    return Refusal(404, "not_found", sentence, kind="error", shape="project")


def check_id(name: str, param: str) -> None:
    """Refuse what cannot be the id of a response."""
    if not RESPONSE_ID.fullmatch(name):
        raise invalid("Malformed identifier.", param=param, code="invalid_parameters")
