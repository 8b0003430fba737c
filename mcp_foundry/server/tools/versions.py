"""Making agent versions."""

from __future__ import annotations

from typing import Annotated, cast

from pydantic import Field

from mcp_foundry.contract.answers import Result
from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.contract.identifiers import AGENT_NAME
from mcp_foundry.contract.json import Json  # noqa: TC001 - the SDK reads these annotations at run time
from mcp_foundry.contract.redaction import without_credentials
from mcp_foundry.server.call import Call  # noqa: TC001 - the SDK reads these annotations at run time


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
    draft: bool = False,
) -> AgentVersion:
    """Create a version of an agent, and the agent if it is new; it can be asked at once.

    Call list_deployments first when you do not know a model deployment.
    """
    foundry = ctx.request_context.lifespan_context
    _check_name(agent_name)
    foundry.check_allowed(agent_name)
    simple = {
        "instructions": instructions,
        "model": model,
        "tools": tools,
        "temperature": temperature,
        "top_p": top_p,
    }
    chosen = _definition(definition, simple, foundry.settings.model)
    project = await foundry.project()
    body: Json = {"definition": chosen, "metadata": metadata, "description": description}
    body |= {"draft": True} if draft else {}
    # Sent once: azure-core would repeat it after a 500, and make a second version.
    made = await project.agents.create_version(agent_name, body, retry_total=0)
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


_KINDS = ("prompt", "hosted", "workflow")
_EXAMPLE = '{"kind": "prompt", "model": "gpt-4o", "instructions": "…"}'


def _whole(definition: Json, default_model: str) -> Json:
    if not isinstance(definition.get("kind"), str):
        raise FoundryError(
            "invalid_request",
            f"definition has no kind. Add one of {', '.join(_KINDS)}, as in {_EXAMPLE}.",
        )
    if definition["kind"] != "prompt" or definition.get("model"):
        return definition
    if not default_model:
        raise FoundryError(
            "invalid_request",
            "definition has no model, and no default is set. Call list_deployments and put the "
            f"name of one into it, as in {_EXAMPLE}, or set FOUNDRY_MODEL_NAME in the server's "
            "environment.",
        )
    return {**definition, "model": default_model}


def _definition(whole: Json, simple: Json, default_model: str) -> Json:
    """Return the definition to send.

    Raises:
        FoundryError: `invalid_request` or `not_configured`.
    """
    given = {name: value for name, value in simple.items() if value not in ("", [], None)}
    if whole:
        if given:
            raise FoundryError(
                "invalid_request",
                f"definition came together with {', '.join(given)}. Put these into the definition, "
                "or leave the definition out.",
            )
        return _whole(whole, default_model)
    given.setdefault("model", default_model)
    if not given["model"]:
        raise FoundryError(
            "not_configured",
            "the call names no model, and no default is set. Call list_deployments and pass one as "
            "model, or set FOUNDRY_MODEL_NAME in the server's environment.",
        )
    for tool in simple["tools"]:
        if not isinstance(tool.get("type"), str):
            raise FoundryError(
                "invalid_request",
                f"a tool has no type: {str(tool)[:120]}. Tools are Foundry's JSON, as in "
                '{"type": "web_search"}.',
            )
    return {"kind": "prompt", **given}
