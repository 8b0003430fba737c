"""Prompts that a person picks from a menu, and the completion of what is typed into them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcp.server.mcpserver.prompts.base import Prompt, PromptArgument
from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR, INVALID_PARAMS, Completion

from mcp_foundry.server.tools.listing import list_agents, list_deployments
from mcp_foundry.service.explain import explain

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from mcp.server.mcpserver import MCPServer
    from mcp_types import (
        CompletionArgument,
        CompletionContext,
        PromptReference,
        ResourceTemplateReference,
    )
    from mcp_types import Prompt as PromptDescription

    from mcp_foundry.server.call import CurrentRequest

_MOST = 100
"""Completions that the protocol lets one answer carry."""


def register_prompts(server: MCPServer[Any], current: CurrentRequest, *, read_only: bool) -> None:
    """Add the prompts to `server`, and their completion; when read-only, those that write not."""
    for prompt in (ASK, COMPARE) if read_only else (ASK, COMPARE, REMEMBER, CREATE):
        server.add_prompt(prompt)

    async def complete(
        _: PromptReference | ResourceTemplateReference,
        argument: CompletionArgument,
        context: CompletionContext | None,
    ) -> Completion | None:
        return await _completion(current, argument, context)

    server.completion()(complete)


def check_prompt(
    offered: Iterable[PromptDescription], name: str, arguments: Mapping[str, str]
) -> None:
    """Refuse a prompt that is not offered, and arguments that it does not take.

    Raises:
        MCPError: What is wrong, and what there is instead.
    """
    prompts = {prompt.name: prompt for prompt in offered}
    if name not in prompts:
        told = f"There is no prompt {name!r}. The prompts are: {', '.join(prompts)}."
        raise MCPError(code=INVALID_PARAMS, message=told)
    known = {argument.name: argument.required for argument in prompts[name].arguments or []}
    wrong = [f"{argument} is unknown" for argument in arguments if argument not in known]
    wrong += [
        f"{each} is missing" for each, needed in known.items() if needed and each not in arguments
    ]
    if wrong:
        told = f"Prompt {name!r}: {', '.join(wrong)}. Its arguments are: {', '.join(known)}."
        raise MCPError(code=INVALID_PARAMS, message=told)


async def _ask(message: str, agent: str = "", version: str = "") -> str:
    asked = f"{agent}:{version}" if agent and version and ":" not in agent else agent
    whom = f"the Foundry agent `{asked}`" if asked else "the default Foundry agent"
    passed = f" and agent={asked!r}" if asked else ""
    return (
        f"Ask {whom} the following: call stream_agent with this as message, word for word,"
        f"{passed}. Show me its answer as it is, with its sources, and keep its conversation_id "
        f"for what I ask next.\n\n{message}"
    )


async def _compare(question: str, agents: str) -> str:
    names = [name.strip() for name in agents.split(",") if name.strip()]
    listed = ", ".join(f"`{name}`" for name in names)
    return (
        f"Put one question to these Foundry agents: {listed}. Call batch_ask once, with one "
        "request for each agent and the question below as every message, word for word. Then "
        "compare the answers: a table with a row for each agent, where they agree, where they "
        f"differ, and which sources they name.\n\n{question}"
    )


async def _remember(fact: str, scope: str = "") -> str:
    where = f"the scope {scope!r}" if scope else "the scope that stands for me; ask me if unsure"
    return (
        f"Let the Foundry memory store remember this: call update_memory with {where}, and the "
        "text below as one message of the role user, word for word. Then tell me what changed."
        f"\n\n{fact}"
    )


async def _create(purpose: str, name: str, model: str = "") -> str:
    deployment = f"model={model!r}" if model else "the default model"
    return (
        f"Write the instructions for a Foundry agent from the purpose below, and show them to me. "
        f"Once I agree, call create_agent_version with agent_name={name!r}, {deployment} and "
        f"these instructions, and ask the new version one question that shows it at work."
        f"\n\n{purpose}"
    )


def _prompt(
    function: Callable[..., Awaitable[str]], title: str, description: str, **arguments: str
) -> Prompt:
    """Describe a prompt; an argument is optional where its description begins with `Optional`.

    Built by hand, since deriving it from the signature costs a pydantic model at every start.
    """
    return Prompt(
        name=function.__name__.lstrip("_"),
        title=title,
        description=description,
        arguments=[
            PromptArgument(name=name, description=told, required=not told.startswith("Optional"))
            for name, told in arguments.items()
        ],
        fn=function,
        context_kwarg=None,
    )


ASK = _prompt(
    _ask,
    "Ask an agent",
    "Ask a Foundry agent, and see its answer grow.",
    message="What to ask",
    agent="Optional: NAME, NAME:VERSION or asst_…; the default agent if left out",
    version="Optional: a version of that agent; the latest if left out",
)
COMPARE = _prompt(
    _compare,
    "Compare agents",
    "Put one question to several Foundry agents, and compare their answers.",
    question="What to ask all of them",
    agents="The agents, with commas between them",
)
REMEMBER = _prompt(
    _remember,
    "Remember this",
    "Let the project's memory store keep something.",
    fact="What to remember",
    scope="Optional: whose memory it is, such as a user's name",
)
CREATE = _prompt(
    _create,
    "Create an agent",
    "Write an agent for a purpose, and create it in the project.",
    purpose="What the agent is for",
    name="A new agent's name, or one that gets a new version",
    model="Optional: a model deployment; the default one if left out",
)


async def _completion(
    current: CurrentRequest, argument: CompletionArgument, context: CompletionContext | None
) -> Completion | None:
    """Complete an argument by its name, whichever prompt or resource it belongs to.

    Raises:
        MCPError: The project could not be asked; an empty list would say that there is nothing.
    """
    given = (context.arguments if context else None) or {}
    typed = argument.value
    try:
        match argument.name:
            case "agents":
                before, comma, typed = typed.rpartition(",")
                prefix = f"{before}{comma} " if comma else ""
                return _matching(await _agents(current, typed.strip()), typed.strip(), prefix)
            case "agent" | "name":
                return _matching(await _agents(current, typed), typed)
            case "version":
                return _matching(await _versions(current, given.get("agent", "")), typed)
            case "model":
                listed = (await list_deployments(current.call)).deployments
                return _matching([deployment.name for deployment in listed], typed)
            case _:
                return None
    except Exception as exception:
        settings = current.session.settings
        failure = explain(exception, f"completing {argument.name}", settings)
        raise MCPError(code=INTERNAL_ERROR, message=f"{failure.code}: {failure}") from exception


async def _agents(current: CurrentRequest, typed: str) -> list[str]:
    """Return the names there are; the versions of one, once its name and a colon are typed."""
    name, colon, _ = typed.partition(":")
    if colon:
        return [f"{name}:{version}" for version in await _versions(current, name)]
    return [agent.name for agent in (await list_agents(current.call)).agents]


async def _versions(current: CurrentRequest, agent: str) -> list[str]:
    name = agent.partition(":")[0]
    if not name:
        return []
    current.session.check_allowed(name)
    return await current.session.generations.catalog_of(name).versions(name)


def _matching(values: list[str], typed: str, prefix: str = "") -> Completion:
    """Return the values that contain what is typed, those that begin with it first."""
    sought = typed.lower()
    found = [value for value in values if sought in value.lower()]
    found.sort(key=lambda value: not value.lower().startswith(sought))
    shown = [prefix + value for value in found[:_MOST]]
    return Completion(values=shown, total=len(found), has_more=len(found) > _MOST)
