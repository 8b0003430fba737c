"""What answers a question: a version of an agent, a hosted one in its session, or a deployment."""

from dataclasses import dataclass

from mcp_foundry.emulator.http.calls import Call
from mcp_foundry.emulator.project.agent_sessions import (
    begin_session,
    check_usable,
    find_session,
)
from mcp_foundry.emulator.project.definitions import PLACEHOLDER
from mcp_foundry.emulator.responses.checks import not_theirs
from mcp_foundry.emulator.responses.conversations import find_conversation
from mcp_foundry.emulator.responses.shapes import conversation_id, tools_of
from mcp_foundry.emulator.store.contents import Store
from mcp_foundry.emulator.store.records import Agent, AgentSession
from mcp_foundry.emulator.wire.refusals import Refusal, invalid, undeployed
from mcp_foundry.emulator.wire.values import Json, as_list, as_object, as_text

# What a hosted agent is refused with where it is asked through the project (seen in March 2026).
MISDIRECTED = "ID cannot be null or empty (Parameter 'id')"
IMAGE_MODEL = "x-ms-oai-image-generation-deployment"
UNNAMED_IMAGE_MODEL = f"imagegen deployment must be provided through header '{IMAGE_MODEL}'."
# Documented: an external agent is registered and no more. In which words the service refuses to
# ask it is not known.
EXTERNAL = "Agent '{name}' is only registered here, and cannot be asked."
NOT_RUN = (
    "The mcp-foundry emulator does not run agents of the kind {kind}, of which '{name}' is one."
)


@dataclass(frozen=True)
class Asked:
    """What answers: a version of an agent, perhaps in a session, or a deployment."""

    definition: Json
    reference: Json | None = None
    session: AgentSession | None = None

    @property
    def name(self) -> str:
        """What answers, in the words of the scripted model."""
        if self.reference:
            hosted = ", hosted, though no container runs here" if self.session else ""
            return f"{self.reference['name']} (version {self.reference['version']}{hosted})"
        return as_text(self.definition.get("model"))


def resolve(call: Call, request: Json, at_endpoint: str) -> Asked:
    """What a request asks for; `at_endpoint` is the agent whose endpoint was asked.

    Raises:
        Refusal: It is not there, may not be asked, or not here.
    """
    store, reference = call.store, as_object(request.get("agent_reference"))
    name = at_endpoint or as_text(reference.get("name"))
    if not name:
        return Asked(_deployment(store, as_text(request.get("model"))))
    agent = store.agent(name)
    _check(call, agent, at_endpoint)
    session = None
    number = agent.served if at_endpoint else as_text(reference.get("version"))
    if agent.kind == "hosted":
        session = _session(call, agent, number, request)
        number = session.version
    version = store.agent_version(name, number)
    definition: Json = version["definition"]
    resolved = {"type": "agent_reference", "name": name, "version": version["version"]}
    filled = _filled(definition, request)
    if agent.kind == "prompt":
        # That an agent's model is missing is told like that of any model; nobody has shown it.
        _deployment(store, as_text(filled.get("model")))
    _check_image_model(call, filled)
    return Asked(filled, resolved, session)


def _check(call: Call, agent: Agent, at_endpoint: str) -> None:
    if not agent.enabled:
        raise Refusal(403, "agent_disabled", f"Agent '{agent.name}' is disabled")
    if agent.kind == "external":
        raise invalid(EXTERNAL.format(name=agent.name))
    if agent.kind not in {"prompt", "hosted"}:
        sentence = NOT_RUN.format(kind=agent.kind, name=agent.name)
        raise Refusal(501, "not_implemented", sentence, kind="error")
    if agent.kind == "hosted" and not (at_endpoint or call.behaviour.hosted_at_project):
        raise Refusal(400, "bad_request", MISDIRECTED)


def _session(call: Call, agent: Agent, number: str, request: Json) -> AgentSession:
    """The session in which a question is worked on, begun in that version where there is none."""
    name = as_text(request.get("agent_session_id"))
    talk = conversation_id(request)
    conversation = find_conversation(call, talk, hosted=True) if talk else None
    previous = call.store.responses.get(as_text(request.get("previous_response_id")))
    if not name and conversation:
        name = conversation.sessions.get(agent.name, "")
    if previous and not previous.may_follow(agent.name, call.caller.user):
        raise not_theirs(previous.run.id)
    if not name and previous:
        name = as_text(previous.run.body.get("agent_session_id"))
    if name:
        session = find_session(call, agent.name, name, to_ask=True)
    else:
        version = call.store.agent_version(agent.name, number)["version"]
        session = begin_session(call, agent.name, version)
    if conversation:
        conversation.sessions[agent.name] = session.id
    check_usable(call, session)
    return session


def _deployment(store: Store, model: str) -> Json:
    if not model:
        raise invalid("Missing required parameter: 'model'.", param="model")
    # Documented: a model behind a connection is named with it, as in `gateway/gpt-4o`.
    if model not in store.deployments and model.partition("/")[0] not in store.connections:
        raise undeployed()
    return {"kind": "model", "model": model}


def _check_image_model(call: Call, definition: Json) -> None:
    """Refuse where an image model is not named in a header, too."""
    for tool in tools_of(definition, "image_generation"):
        given = call.request.headers.get(IMAGE_MODEL, "")
        if not given:
            raise invalid(UNNAMED_IMAGE_MODEL)
        if given != (as_text(tool.get("model")) or "gpt-image-1"):
            raise invalid(f"The image generation deployment '{given}' does not exist.")


def _filled(definition: Json, request: Json) -> Json:
    """The definition with the structured inputs in their places.

    Raises:
        Refusal: A required one is missing.
    """
    given = as_object(request.get("structured_inputs"))
    declared = as_object(definition.get("structured_inputs"))
    values = {name: as_object(each).get("default_value") for name, each in declared.items()}
    values.update(given)
    for name, each in declared.items():
        if as_object(each).get("required") and values[name] is None:
            raise invalid(f"Missing required structured input: '{name}'.", param=name)
    return as_object(_in_place(definition, values)) | {
        name: definition[name] for name in ("structured_inputs",) if name in definition
    }


def _in_place(value: object, values: Json) -> object:
    if isinstance(value, str):
        given = {name: str(each) for name, each in values.items() if each is not None}
        return PLACEHOLDER.sub(lambda found: given.get(found[1], ""), value)
    if items := as_list(value):
        parts = [(each, _in_place(each, values)) for each in items]
        # Documented: a place in a list that nothing fills is left out.
        return [filled for each, filled in parts if filled != "" or each == ""]
    if fields := as_object(value):
        return {name: _in_place(each, values) for name, each in fields.items()}
    return value
