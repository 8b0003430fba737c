"""Looking at the project."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, Field

from mcp_foundry.contract.agents import Agent, Agents
from mcp_foundry.contract.answers import Result
from mcp_foundry.server.call import Call  # noqa: TC001 - the SDK reads these annotations at run time

if TYPE_CHECKING:
    from azure.ai.projects.aio import AIProjectClient

    from mcp_foundry.contract.json import Json

# Told of what there is where a filter finds nothing: types and models are few, names may be many.
_MOST_TOLD = 20
_LONGEST_TOLD = 80

Note = Annotated[str, Field(description="Why nothing is listed")]


async def list_agents(
    ctx: Call,
    agent: Annotated[str, Field(description="One: with its whole definition and versions")] = "",
) -> Agents:
    """List the agents that can be asked, of both generations.

    Call it before asking when you do not know an agent's name.
    """
    foundry = ctx.request_context.lifespan_context
    if agent:
        return Agents(agents=[Agent.model_validate(await foundry.describe(agent))])
    listed = await foundry.generations.list_agents()
    listed.agents = [agent for agent in listed.agents if foundry.settings.may_ask(agent.name)]
    return listed


class Connection(BaseModel):
    """A connection of the project, without its credential."""

    name: str
    type: str
    target: str = ""
    is_default: bool = False
    auth_type: str = ""
    metadata: dict[str, str] = {}


class Connections(Result):
    """The connections of the project."""

    connections: list[Connection]
    note: Note = ""


async def list_connections(
    ctx: Call,
    connection_type: Annotated[
        str, Field(description="Such as AzureOpenAI or CognitiveSearch")
    ] = "",
    default_only: bool = False,
) -> Connections:
    """List the project's connections to other services; credentials are never returned.

    Use it to find what an agent's tools can be connected to.
    """
    project = await ctx.request_context.lifespan_context.project()
    listed = Connections(connections=await _connections(project, connection_type, default_only))
    if not listed.connections:
        everything = await _connections(project) if connection_type or default_only else []
        listed.note = _no_connection(everything, connection_type, default_only=default_only)
    return listed


async def _connections(
    project: AIProjectClient, connection_type: str = "", default_only: bool = False
) -> list[Connection]:
    chosen: dict[str, Any] = {"connection_type": connection_type or None}
    listed = project.connections.list(**chosen, default_connection=default_only or None)
    return [_connection(item.as_dict()) async for item in listed]


def _no_connection(there: list[Connection], wanted: str, *, default_only: bool) -> str:
    # Whatever the service makes of capitals: it found nothing either way.
    fitting = [each.name for each in there if wanted.lower() in ("", each.type.lower())]
    if default_only and fitting:
        which = f" of type {_quoted(wanted)}" if wanted else ""
        return (
            f"No connection{which} is a default one. Without default_only there is: "
            f"{_told(fitting)}."
        )
    return _nothing("connection", f"is of type {_quoted(wanted)}", [each.type for each in there])


def _connection(item: Json) -> Connection:
    return Connection(
        name=item["name"],
        type=item["type"],
        target=item.get("target") or "",
        is_default=bool(item.get("isDefault")),
        auth_type=_texts(item, "credentials").get("type", ""),
        metadata=_texts(item, "metadata"),
    )


class Deployment(BaseModel):
    """A model deployment of the project."""

    name: str
    model_name: str = ""
    model_version: str = ""
    model_publisher: str = ""
    sku: str = ""
    capacity: int | None = None
    capabilities: dict[str, str] = {}


class Deployments(Result):
    """The model deployments of the project."""

    deployments: list[Deployment]
    note: Note = ""


async def list_deployments(
    ctx: Call,
    model_name: Annotated[str, Field(description="Such as gpt-4o")] = "",
    model_publisher: Annotated[str, Field(description="Such as OpenAI")] = "",
) -> Deployments:
    """List the project's model deployments, by the names that create_agent_version takes as model.

    Call it before create_agent_version when no default model is set.
    """
    project = await ctx.request_context.lifespan_context.project()
    listed = Deployments(deployments=await _deployments(project, model_name, model_publisher))
    if not listed.deployments:
        everything = await _deployments(project) if model_name or model_publisher else []
        listed.note = _no_deployment(
            everything, model_name=model_name, model_publisher=model_publisher
        )
    return listed


async def _deployments(
    project: AIProjectClient, model_name: str = "", model_publisher: str = ""
) -> list[Deployment]:
    listed = project.deployments.list(
        model_name=model_name or None, model_publisher=model_publisher or None
    )
    return [_deployment(item.as_dict()) async for item in listed]


def _no_deployment(there: list[Deployment], **wanted: str) -> str:
    given = {field: text for field, text in wanted.items() if text}
    which = " and ".join(f"{field} {_quoted(text)}" for field, text in given.items())
    values = [" by ".join(getattr(each, field) for field in given) for each in there]
    return _nothing("deployment", f"has {which}", values)


def _deployment(item: Json) -> Deployment:
    sku: Json = item.get("sku") or {}
    return Deployment(
        name=item["name"],
        model_name=item.get("modelName") or "",
        model_version=item.get("modelVersion") or "",
        model_publisher=item.get("modelPublisher") or "",
        sku=sku.get("name") or "",
        capacity=sku.get("capacity"),
        capabilities=_texts(item, "capabilities"),
    )


def _texts(item: Json, name: str) -> dict[str, str]:
    found: Json = item.get(name) or {}
    return {key: str(value) for key, value in found.items()}


def _nothing(noun: str, wanted: str, values: list[str]) -> str:
    if not values:
        return f"The project has no {noun}s."
    return f"No {noun} {wanted}. There are: {_told(values)}."


def _told(values: list[str]) -> str:
    known = sorted(set(values))
    return ", ".join(known[:_MOST_TOLD]) + ", …" * (len(known) > _MOST_TOLD)


def _quoted(wanted: str) -> str:
    return repr(wanted[:_LONGEST_TOLD])
