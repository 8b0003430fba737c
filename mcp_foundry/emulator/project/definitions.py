"""What the service turns down of a new version of an agent, and of where its endpoint points."""

import re

from mcp_foundry.emulator.store.records import Agent
from mcp_foundry.emulator.wire.limits import (
    check_array,
    check_kind,
    check_kinds,
    check_metadata,
    check_present,
    check_range,
    check_sampling,
    check_text,
    check_tools,
    check_value,
)
from mcp_foundry.emulator.wire.refusals import (
    Violation,
    check_preview,
    invalid,
    told_by_schema,
)
from mcp_foundry.emulator.wire.values import Json, as_list, as_object, as_text, encode

NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
WRONG_NAME = (
    "Must start and end with alphanumeric characters, can contain hyphens in the middle, and must "
    "not exceed 63 characters."
)
PLACEHOLDER = re.compile(r"\{\{\s*(\w+)\s*\}\}")
# Each with the preview that it belongs to, if any; documented for all that have one, and recorded
# for workflows.
KINDS = {
    "prompt": "",
    "hosted": "",
    "workflow": "WorkflowAgents=V1Preview",
    "external": "ExternalAgents=V1Preview",
    "voice": "VoiceAgents=V1Preview",
}
DRAFTS = "DraftAgents=V1Preview"
WRONG_VALUE = "The supplied value is invalid."
LONGEST_DESCRIPTION = 512
PROMPT = {
    "instructions": "a string",
    "text": "an object",
    "reasoning": "an object",
    "structured_inputs": "an object",
}
# Documented by Microsoft's own deployment tools, which do not agree on the bounds: the widest.
CPU = re.compile(r"\d{1,3}(\.\d{1,3})?")
MEMORY = re.compile(r"(\d{1,3}(?:\.\d{1,3})?)Gi")
LEAST_CPU, MOST_CPU = 0.25, 3.5
# Documented; the older definition names the image outside of a configuration.
DEPLOYED = ("container_configuration", "code_configuration", "image")
SHORTEST_IDLE, LONGEST_IDLE = 120, 14_400
ALL_TRAFFIC = 100


def check_version(name: str, request: Json, previews: set[str]) -> None:
    """Refuse what the service refuses of a new version.

    Raises:
        Refusal: Of the first thing that is wrong.
    """
    if not NAME.fullmatch(name):
        raise invalid(WRONG_NAME, param=f"agentName{{{name}}}", code="invalid_parameters")
    with told_by_schema():
        check_kinds(request, {"definition": "an object", "draft": "a boolean"})
        check_text(request, "description", LONGEST_DESCRIPTION)
        check_metadata(request)
    definition = as_object(request.get("definition"))
    kind = as_text(definition.get("kind"))
    if kind not in KINDS:
        raise invalid(WRONG_VALUE, param="definition.kind")
    if KINDS[kind]:
        check_preview(previews, f"{kind.capitalize()} agents", KINDS[kind])
    if request.get("draft"):
        check_preview(previews, "Draft agents", DRAFTS)
    with told_by_schema("/definition"):
        _check_definition(kind, definition)


def _check_definition(kind: str, definition: Json) -> None:
    # A model that is not deployed is none of its concerns: that shows when the agent is asked.
    # Measured of the classic generation; of this one nobody knows better.
    if kind == "prompt":
        if not as_text(definition.get("model")):
            raise invalid(WRONG_VALUE, param="definition.model")
        check_kinds(definition, PROMPT)
        check_sampling(definition)
        check_tools(definition)
        declared = as_object(definition.get("structured_inputs"))
        for name, each in declared.items():
            check_kind(each, "an object", f"structured_inputs.{name}")
        used = {found[1] for found in PLACEHOLDER.finditer(encode(definition))}
        if used - set(declared):
            raise invalid(WRONG_VALUE, param="")
    elif kind == "hosted":
        _check_hosted(definition)
    elif kind == "workflow":
        check_kinds(definition, {"workflow": "a string"})
    elif kind == "external":
        check_kinds(definition, {"otel_agent_id": "a string"})


def _check_hosted(definition: Json) -> None:
    """Refuse a container without an image, a processor or memory; documented as required.

    The sentences for values that do not fit are not known.
    """
    check_present(definition, "cpu", "memory")
    check_kinds(definition, {"image": "a string", **dict.fromkeys(DEPLOYED[:2], "an object")})
    for field in ("cpu", "memory"):
        check_kind(definition[field], "a string", field)
    deployed = [field for field in DEPLOYED if definition.get(field)]
    if len(deployed) != 1:
        sentence = "Exactly one of container_configuration and code_configuration must be set."
        raise Violation("container_configuration", sentence, "invalid_value")
    if deployed[0] == "container_configuration":
        container = as_object(definition["container_configuration"])
        check_present(container, "image", at="container_configuration")
        check_kind(container["image"], "a string", "container_configuration.image")
    cpu, memory = definition["cpu"], MEMORY.fullmatch(definition["memory"])
    if not CPU.fullmatch(cpu) or not LEAST_CPU <= float(cpu) <= MOST_CPU:
        sentence = f"The CPU '{cpu}' is not between {LEAST_CPU} and {MOST_CPU}."
        raise Violation("cpu", sentence, "invalid_value")
    if not memory or float(memory[1]) != 2 * float(cpu):
        sentence = f"The memory '{definition['memory']}' is not twice the CPU in Gi."
        raise Violation("memory", sentence, "invalid_value")
    _check_protocols(definition)
    check_kinds(definition, {"session_configuration": "an object"})
    session = as_object(definition.get("session_configuration"))
    with told_by_schema("/definition/session_configuration"):
        check_range(session, "idle_timeout_seconds", SHORTEST_IDLE, LONGEST_IDLE, kind="an integer")


def _check_protocols(definition: Json) -> None:
    # Documented: responses 1.0.0 is refused since the summer of 2026, in either field. Recordings
    # of the spring have it, and other sources speak of 2.0.0 only: it is taken still.
    for field in ("protocol_versions", "container_protocol_versions"):
        if definition.get(field) is not None:
            check_array(definition[field], 100, field)
        for index, each in enumerate(as_list(definition.get(field))):
            check_kind(each, "an object", f"{field}[{index}]")
            check_present(each, "protocol", "version", at=f"{field}[{index}]")


def check_endpoint(agent: Agent, patched: Json) -> None:
    """Refuse an endpoint that would serve what is not there.

    Documented: one rule, and it gets all the traffic. In which words others are refused, and
    whether a draft may be pinned, nobody knows; a draft that an operator names is served.
    """
    with told_by_schema():
        check_kinds(patched, {"agent_endpoint": "an object", "agent_card": "an object"})
    endpoint = as_object(patched.get("agent_endpoint"))
    with told_by_schema("/agent_endpoint"):
        check_kinds(endpoint, {"version_selector": "an object", "protocols": "an array"})
    selector = as_object(endpoint.get("version_selector"))
    with told_by_schema("/agent_endpoint/version_selector"):
        check_kinds(selector, {"version_selection_rules": "an array"})
    rules = as_list(selector.get("version_selection_rules"))
    for index, rule in enumerate(rules):
        with told_by_schema(f"/agent_endpoint/version_selector/version_selection_rules/{index}"):
            _check_rule(agent, rule)
    if len(rules) > 1 or any(rule["traffic_percentage"] != ALL_TRAFFIC for rule in rules):
        raise invalid(WRONG_VALUE, param="agent_endpoint.version_selector")


def _check_rule(agent: Agent, given: object) -> None:
    rule = as_object(given)
    check_present(rule, "type", "agent_version", "traffic_percentage")
    check_value(rule["type"], ("FixedRatio",), "type")
    check_kinds(rule, {"agent_version": "a string"})
    check_range(rule, "traffic_percentage", 0, ALL_TRAFFIC, kind="an integer")
    if rule["agent_version"] not in agent.versions:
        raise invalid(WRONG_VALUE, param="agent_endpoint.version_selector")
