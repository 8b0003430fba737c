"""Tools for one agent each, `ask_NAME`, with the inputs that it declares as their arguments."""

from __future__ import annotations

import logging
import re
from hashlib import sha256
from inspect import Parameter, Signature
from keyword import iskeyword
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import SkipValidation, WithJsonSchema

from mcp_foundry.contract.answers import Answer
from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.contract.identifiers import check_agent
from mcp_foundry.contract.json import holds_objects, object_in, objects_in, text_in
from mcp_foundry.project.agent_cards import AgentCard, AgentCards
from mcp_foundry.project.schema_depth import depth_of
from mcp_foundry.runs.asker import Request
from mcp_foundry.server.answering import Answering
from mcp_foundry.server.call import Call
from mcp_foundry.server.progress import Progress
from mcp_foundry.server.schemas import DECLARED
from mcp_foundry.server.tools.arguments import ConversationArgument, Inputs
from mcp_foundry.server.tools.registry import TOOLS, Registration

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from mcp_foundry.contract.json import Json
    from mcp_foundry.project.session import FoundrySession
    from mcp_foundry.settings.values import Settings

logger = logging.getLogger(__name__)

# Hosts take 64 characters, some of them with the server's name before.
_LONGEST_NAME = 63
_LONGEST_DESCRIPTION = 300
_RESERVED = frozenset({"ctx", "message", "conversation_id", "inputs"})
# Of a tool's arguments; a host that takes no such name refuses all the tools.
_LONGEST_ARGUMENT = 64
# What hosts refuse in a schema, or cannot follow.
_COMBINATORS = frozenset({"$ref", "$defs", "anyOf", "oneOf", "allOf", "not"})
_DEEPEST = 8
_TYPES = frozenset({"string", "number", "integer", "boolean", "array", "object", "null"})
_FORMS = {"type": str, "properties": dict, "items": dict, "required": list, "enum": list}


async def own_tools(foundry: FoundrySession) -> list[Registration]:
    """Return a tool for each agent that the settings give one.

    What was kept of an earlier start is used as it is, and read anew for the next.
    """
    agents = _askable(foundry.settings)
    if not agents:
        return []
    known = await AgentCards(foundry.settings, foundry.describe, foundry.shared.begin).of(agents)
    named = zip(_names(agents), agents, strict=True)
    return [_tool(name, agent, known.get(agent, AgentCard())) for name, agent in named]


def _askable(settings: Settings) -> list[str]:
    askable: list[str] = []
    for agent in sorted(settings.agent_tools):
        try:
            check_agent(agent)
        except FoundryError as wrong:
            logger.warning("--agent-tools: %s", wrong)
            continue
        if settings.may_ask(agent):
            askable.append(agent)
        else:
            logger.warning("--agent-tools: MCP_FOUNDRY_AGENTS does not allow '%s'", agent)
    return askable


def _names(agents: list[str]) -> Iterator[str]:
    taken = {tool.function.__name__ for tool in TOOLS}
    for agent in agents:
        plain = f"ask_{re.sub('[^A-Za-z0-9_]', '_', agent)}"
        if len(plain) > _LONGEST_NAME:
            mark = sha256(agent.encode()).hexdigest()[:8]
            plain = f"{plain[: _LONGEST_NAME - len(mark) - 1]}_{mark}"
        name, number = plain, 1
        while name in taken:
            number += 1
            name = f"{plain[: _LONGEST_NAME - 3]}_{number}"
        taken.add(name)
        yield name


def _tool(name: str, agent: str, card: AgentCard) -> Registration:
    async def ask(
        ctx: Call,
        message: str = "",
        conversation_id: str = "",
        **given: Any,  # noqa: ANN401 - as each is declared
    ) -> Answer:
        inputs: Json = {**object_in(given.pop("inputs", None)), **given}
        told = {name: value for name, value in inputs.items() if value is not None}
        request = Request(message, agent, conversation_id, told)
        return await Answering(ctx, Progress(ctx).heartbeat).ask(request)

    description = _description(agent, card)
    function: Any = ask
    function.__name__, function.__doc__ = name, description
    function.__signature__ = Signature(_parameters(card.inputs), return_annotation=Answer)
    asking: Callable[..., Awaitable[Any]] = ask
    return Registration(asking, f"Ask {agent}", hint=f"ask {agent}: {description}"[:120])


def _description(agent: str, card: AgentCard) -> str:
    sentences = re.split(r"(?<=[.!?]) (?![a-z])", " ".join(card.description.split()))
    said = " ".join(sentences[:2]) or f"Ask the Foundry agent {agent}."
    skills = f" Skills: {', '.join(card.skills)}." if card.skills else ""
    whole = f"{said}{skills}"
    cut = f"{whole[: _LONGEST_DESCRIPTION - 1]}…"
    return whole if len(whole) <= _LONGEST_DESCRIPTION else cut


def _parameters(inputs: Json | None) -> list[Parameter]:
    declared = {name: object_in(each) for name, each in (inputs or {}).items()}
    own = {name: each for name, each in declared.items() if _is_argument(name)}
    parameters = [
        _parameter("message", str, ""),
        _parameter("conversation_id", ConversationArgument, ""),
    ]
    for name, each in own.items():
        required = each.get("required") is True
        parameters.append(
            _parameter(name, _annotation(name, each), Parameter.empty if required else None)
        )
    if inputs is None or len(own) < len(declared):
        parameters.append(_parameter("inputs", Inputs, {}))
    return [Parameter("ctx", Parameter.POSITIONAL_OR_KEYWORD, annotation=Call), *parameters]


def _is_argument(name: str) -> bool:
    plain = name.isascii() and name.isidentifier() and len(name) <= _LONGEST_ARGUMENT
    free = name not in _RESERVED and not iskeyword(name)
    # pydantic keeps `model_` for itself.
    return plain and free and not name.startswith(("_", "model_"))


def _parameter(name: str, annotation: object, default: object) -> Parameter:
    return Parameter(name, Parameter.KEYWORD_ONLY, annotation=annotation, default=default)


def _annotation(name: str, declared: Json) -> object:
    schema = object_in(declared.get("schema"))
    told = _published(schema)
    said = text_in(declared.get("description")) or text_in(schema.get("description"))
    if not told and not said:
        said = f"The agent's input {name}"  # one without a word would not be listed
    if said:
        told = {**told, "description": said}
    # The type is for those who bring JSON that was sent as text into shape; see `DECLARED`.
    kind = {"type": told["type"]} if "type" in told else {}
    # Values are checked against the agent's own declaration when it is asked. Only a `str` is left
    # alone by the SDK, which reads any other text as JSON and would make a null of "null".
    return Annotated[SkipValidation[str], WithJsonSchema({**kind, DECLARED: [told]})]


def _published(schema: Json) -> Json:
    """Return a declared schema as it is; of one that a host may refuse, its type."""
    if depth_of(schema) <= _DEEPEST and _is_plain(schema):
        return schema
    kind = text_in(schema.get("type"))
    # Hosts refuse an array that does not say of what.
    items = {"items": {"type": "string"}} if kind == "array" else {}
    return {"type": kind, **items} if kind in _TYPES else {}


def _is_plain(schema: Json) -> bool:
    """Whether every host can follow a schema, and all that is within it."""
    fitting = all(isinstance(value, _FORMS.get(key, object)) for key, value in schema.items())
    if not fitting or not _COMBINATORS.isdisjoint(schema):
        return False
    properties = list(object_in(schema.get("properties")).values())
    others = [value for key, value in schema.items() if key != "properties"]
    within = [*properties, *others, *(part for each in others for part in objects_in(each))]
    kind = schema.get("type", "object")
    return (
        kind in _TYPES
        and (kind != "array" or "items" in schema)
        and holds_objects(properties)
        and all(_is_plain(object_in(part)) for part in within)
    )
