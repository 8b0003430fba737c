"""Tools for one agent each, `ask_NAME`, with the inputs that it declares as their arguments."""

from __future__ import annotations

import logging
import re
from hashlib import sha256
from inspect import Parameter, Signature
from keyword import iskeyword
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, WithJsonSchema

from mcp_foundry.contract.answers import Answer
from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.contract.identifiers import check_agent
from mcp_foundry.contract.json import object_in, text_in
from mcp_foundry.project.agent_cards import AgentCard, AgentCards
from mcp_foundry.runs.batch import Request
from mcp_foundry.server.answering import Answering
from mcp_foundry.server.call import Call
from mcp_foundry.server.progress import Progress
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
# What hosts refuse in a schema, or cannot follow; objects are the agent's own to check.
_SIMPLE = frozenset({"type", "enum", "description", "minimum", "maximum", "items", "format"})


async def own_tools(foundry: FoundrySession) -> list[Registration]:
    """Return a tool for each agent that the settings give one.

    What was kept of an earlier start is used as it is, and read anew for the next.
    """
    agents = _askable(foundry.settings)
    if not agents:
        return []
    cards = AgentCards(foundry.settings, foundry.describe)
    known, all_kept = await cards.of(agents)
    if all_kept:

        async def refresh() -> None:
            await cards.read(agents)

        foundry.begin(refresh)
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
    said = " ".join(card.description.split()) or f"Ask the Foundry agent {agent}."
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
            _parameter(name, _annotation(each), Parameter.empty if required else None)
        )
    if inputs is None or len(own) < len(declared):
        parameters.append(_parameter("inputs", Inputs, {}))
    return [Parameter("ctx", Parameter.POSITIONAL_OR_KEYWORD, annotation=Call), *parameters]


def _is_argument(name: str) -> bool:
    plain = name.isidentifier() and not iskeyword(name)
    return plain and not name.startswith(("_", "model_")) and name not in _RESERVED


def _parameter(name: str, annotation: object, default: object) -> Parameter:
    return Parameter(name, Parameter.KEYWORD_ONLY, annotation=annotation, default=default)


def _annotation(declared: Json) -> object:
    schema = _simple(object_in(declared.get("schema")))
    said = text_in(declared.get("description")) or None
    return Annotated[Any, WithJsonSchema(schema), Field(description=said)]


def _simple(schema: Json) -> Json:
    """Return what every host takes of a declared schema."""
    kept = {key: value for key, value in schema.items() if key in _SIMPLE}
    if not isinstance(kept.get("type"), str):
        kept.pop("type", None)
    if "items" in kept:
        kept["items"] = _simple(object_in(kept["items"])) or {"type": "string"}
    elif kept.get("type") == "array":
        kept["items"] = {"type": "string"}
    return kept
