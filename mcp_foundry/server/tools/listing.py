"""Looking at the project."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, Field

from mcp_foundry.contract.agents import Agents  # noqa: TC001 - the SDK reads these annotations at run time
from mcp_foundry.contract.answers import Result
from mcp_foundry.server.call import Call  # noqa: TC001 - the SDK reads these annotations at run time

if TYPE_CHECKING:
    from mcp_foundry.contract.json import Json


async def list_agents(ctx: Call) -> Agents:
    """List the agents that can be asked, of both generations.

    Call it before asking when you do not know an agent's name.
    """
    foundry = ctx.request_context.lifespan_context
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
    chosen: dict[str, Any] = {"connection_type": connection_type or None}
    listed = project.connections.list(**chosen, default_connection=default_only or None)
    return Connections(connections=[_connection(item.as_dict()) async for item in listed])


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


async def list_deployments(
    ctx: Call,
    model_name: Annotated[str, Field(description="Such as gpt-4o")] = "",
    model_publisher: Annotated[str, Field(description="Such as OpenAI")] = "",
) -> Deployments:
    """List the project's model deployments, by the names that create_agent_version takes as model.

    Call it before create_agent_version when no default model is set.
    """
    project = await ctx.request_context.lifespan_context.project()
    listed = project.deployments.list(
        model_name=model_name or None, model_publisher=model_publisher or None
    )
    return Deployments(deployments=[_deployment(item.as_dict()) async for item in listed])


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
