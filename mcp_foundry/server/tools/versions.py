"""Making agent versions."""

from __future__ import annotations

from typing import Annotated, cast

from pydantic import Field

from mcp_foundry.contract.answers import Result
from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.contract.identifiers import AGENT_NAME
from mcp_foundry.contract.json import Json  # noqa: TC001 - the SDK reads these annotations at run time
from mcp_foundry.contract.redaction import without_credentials
from mcp_foundry.project.definitions import check_tools, merged, read_earlier, refuse_to_lose
from mcp_foundry.project.operation import operation
from mcp_foundry.server.call import Call  # noqa: TC001 - the SDK reads these annotations at run time
from mcp_foundry.telemetry import names
from mcp_foundry.telemetry.callers import shown


class AgentVersion(Result):
    """An agent version that was created."""

    agent_name: str
    version: str
    id: str = ""
    created_at: Annotated[int | None, Field(description="Unix seconds")] = None
    status: str = ""
    definition: Json = Field(default_factory=dict)


async def create_agent_version(  # noqa: PLR0913, PLR0917 - what a version has
    ctx: Call,
    agent_name: Annotated[str, Field(description="Letters, digits, hyphens inside; at most 63")],
    instructions: str = "",
    model: Annotated[str, Field(description="A deployment; empty: the default")] = "",
    description: str = "",
    tools: Annotated[list[Json], Field(description="As Foundry's JSON")] = [],  # noqa: B006 - pydantic copies defaults
    metadata: dict[str, str] = {},  # noqa: B006 - pydantic copies defaults
    temperature: Annotated[float | None, Field(ge=0, le=2)] = None,
    top_p: Annotated[float | None, Field(ge=0, le=1)] = None,
    definition: Annotated[
        Json, Field(description="A whole definition (prompt, hosted, workflow) instead")
    ] = {},  # noqa: B006 - pydantic copies defaults
    base: Annotated[
        str, Field(description="`latest` or a version: what is left out is taken from it")
    ] = "",
    draft: bool = False,
) -> AgentVersion:
    """Create a version of an agent, and the agent if it is new; it answers at once.

    To change an agent, pass base="latest" and only what changes: all else stays as it is.
    """
    foundry = ctx.request_context.lifespan_context
    foundry.check_manages("create_agent_version")
    _check_name(agent_name)
    foundry.check_allowed(agent_name)
    check_tools(tools)
    earlier = await read_earlier(foundry, agent_name, base) if base else None
    simple = {
        "instructions": instructions,
        "model": model,
        "tools": tools,
        "temperature": temperature,
        "top_p": top_p,
    }
    chosen = merged(definition, simple, earlier, foundry.settings.model)
    if not (earlier or definition or instructions):
        await refuse_to_lose(foundry, agent_name)
    body: Json = {
        "definition": chosen,
        "metadata": metadata or (earlier.metadata if earlier else {}),
        "description": description or (earlier.description if earlier else ""),
    }
    body |= {"draft": True} if draft else {}
    project = await foundry.project()
    facts = {names.AGENT_NAME: agent_name, names.REQUEST_MODEL: shown(chosen.get("model"))}
    with operation(foundry, names.CREATE_AGENT, agent_name, facts) as span:
        # Sent once: azure-core would repeat it after a 500, and make a second version.
        made = await project.agents.create_version(agent_name, body, retry_total=0)
        span.set_attribute(names.AGENT_VERSION, made.version)
    return AgentVersion(
        agent_name=made.name,
        version=made.version,
        id=made.id,
        created_at=int(made.created_at.timestamp()),
        status=str(made.get("status") or ""),
        definition=cast("Json", without_credentials(made.definition.as_dict())),
    )


def _check_name(name: str) -> None:
    if not AGENT_NAME.fullmatch(name):
        raise FoundryError(
            "invalid_request",
            f"agent_name {name[:80]!r} is not one that Foundry takes: letters, digits and hyphens, "
            "a letter or digit at both ends, at most 63 characters. For example: support-helper.",
        )
