"""What a new agent version is made of: what is given, over what an earlier version has."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.service.explain import explain

if TYPE_CHECKING:
    from mcp_foundry.contract.json import Json
    from mcp_foundry.project.session import FoundrySession

_KINDS = ("prompt", "hosted", "workflow")
_EXAMPLE = '{"kind": "prompt", "model": "gpt-4o", "instructions": "…"}'


class Earlier(NamedTuple):
    """What an earlier version has."""

    definition: Json
    description: str
    metadata: dict[str, str]


async def read_earlier(foundry: FoundrySession, name: str, version: str) -> Earlier:
    """Return an earlier version, `latest` or by its number.

    Raises:
        FoundryError: There is none, or the service could not be asked.
    """
    agents = (await foundry.project()).agents
    try:
        if version == "latest":
            found = (await agents.get(name)).versions.latest
        else:
            found = await agents.get_version(name, version)
    except Exception as exception:
        which = name if version == "latest" else f"{name}:{version}"
        failure = explain(exception, f"base '{version}' of agent '{name}'", foundry.settings)
        raise await foundry.roster.explain(failure, which) from exception
    return Earlier(found.definition.as_dict(), found.description or "", dict(found.metadata or {}))


async def refuse_to_lose(foundry: FoundrySession, name: str) -> None:
    """Refuse a version that says nothing of what its agent is to do, where that is known.

    Raises:
        FoundryError: `invalid_request`: the agent exists, and would lose its instructions.
    """
    try:
        newest = (await (await foundry.project()).agents.get(name)).versions.latest
    except Exception as exception:
        failure = explain(exception, f"agent '{name}'", foundry.settings)
        if failure.code == "agent_not_found":
            return
        raise failure from exception
    raise FoundryError(
        "invalid_request",
        f"agent '{name}' is there, in version {newest.version}; a new version with neither base, "
        "definition nor instructions would lose its instructions and tools. Pass base='latest' to "
        "change only what is given, or instructions to begin anew. Nothing was changed.",
    )


def merged(whole: Json, simple: Json, earlier: Earlier | None, default_model: str) -> Json:
    """Return the definition to send.

    Args:
        whole: A whole definition, where one was given.
        simple: Simple arguments by their names, empty where they were left out.
        earlier: The version that what is left out is taken from.
        default_model: The deployment where nothing names one.

    Raises:
        FoundryError: `invalid_request` or `not_configured`.
    """
    given = {name: value for name, value in simple.items() if value not in ("", [], None)}
    if whole and given:
        raise FoundryError(
            "invalid_request",
            f"definition came together with {', '.join(given)}. Put these into the definition, "
            "or leave the definition out.",
        )
    if earlier:
        return _with_model({**earlier.definition, **whole, **given}, default_model)
    if whole:
        return _with_model(whole, default_model)
    given.setdefault("model", default_model)
    if not given["model"]:
        raise FoundryError(
            "not_configured",
            "the call names no model, and no default is set. Call list_deployments and pass one as "
            "model, or set FOUNDRY_MODEL_NAME in the server's environment.",
        )
    return {"kind": "prompt", **given}


def check_tools(tools: list[Json]) -> None:
    """Refuse tools that Foundry cannot know.

    Raises:
        FoundryError: `invalid_request`.
    """
    for tool in tools:
        if not isinstance(tool.get("type"), str):
            raise FoundryError(
                "invalid_request",
                f"a tool has no type: {str(tool)[:120]}. Tools are Foundry's JSON, as in "
                '{"type": "web_search"}.',
            )


def _with_model(definition: Json, default_model: str) -> Json:
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
