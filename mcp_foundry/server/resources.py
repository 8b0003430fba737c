"""The project as resources: what a person attaches to a conversation, and a model reads."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote, unquote

from mcp.server.lowlevel.helper_types import ReadResourceContents
from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError
from mcp_types import ResourceTemplate

from mcp_foundry.contract.answers import Usage
from mcp_foundry.contract.files import SCHEME
from mcp_foundry.contract.media import UNKNOWN, is_textual, text_in_bytes
from mcp_foundry.contract.redaction import without_credentials
from mcp_foundry.project.transcripts import read_transcript
from mcp_foundry.server.forgetting import explained
from mcp_foundry.server.tools.listing import list_agents, list_deployments
from mcp_foundry.service.explain import explain

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from mcp.server.mcpserver import MCPServer

    from mcp_foundry.project.files.contents import Contents
    from mcp_foundry.project.session import FoundrySession
    from mcp_foundry.server.call import CurrentRequest

logger = logging.getLogger(__name__)

_JSON = "application/json"
_NOT_THERE = frozenset(
    {"agent_not_found", "conversation_not_found", "file_gone", "invalid_request"}
)
FILES = SCHEME
_CONVERSATIONS = "foundry://conversations/"
T = TypeVar("T")


def register_resources(server: MCPServer[Any], current: CurrentRequest) -> None:
    """Add the resources to `server`."""

    async def agents() -> str:
        return await _read(current.session, "foundry://agents", lambda: _agents(current))

    async def deployments() -> str:
        return await _read(current.session, "foundry://deployments", lambda: _deployments(current))

    async def usage() -> str:
        return _usage(current.session)

    async def agent(name: str) -> str:
        foundry = current.session
        return await _read(foundry, f"foundry://agents/{name}", lambda: _agent(foundry, name))

    async def conversation(id: str) -> str:  # noqa: A002 - the variable's name in the address
        foundry = current.session
        return await _read(foundry, f"{_CONVERSATIONS}{id}", lambda: _transcript(foundry, id))

    server.resource(
        "foundry://agents",
        title="Agents",
        description="The agents that can be asked, of both generations.",
        mime_type=_JSON,
    )(agents)
    server.resource(
        "foundry://deployments",
        title="Model deployments",
        description="The model deployments that an agent version can use.",
        mime_type=_JSON,
    )(deployments)
    server.resource(
        "foundry://usage",
        title="Usage",
        description="The tokens that each agent took since this server started.",
        mime_type=_JSON,
    )(usage)
    server.resource(
        "foundry://agents/{name}",
        title="Agent",
        description="An agent's definition and versions: NAME, NAME:VERSION or asst_….",
        mime_type=_JSON,
    )(agent)

    server.resource(
        "foundry://conversations/{id}",
        title="Conversation",
        description="A conversation's transcript: resp_… with what led to it, conv_… or thread_….",
        mime_type="text/markdown",
    )(conversation)


def file_templates() -> list[ResourceTemplate]:
    """Return the addresses of files, which `read_file` reads.

    No template of the SDK can: it has one media type for all that it matches.
    """
    return [
        ResourceTemplate(
            uri_template=f"{FILES}{{place}}/{{name}}",
            name="file",
            title="File",
            description="A picture, or another file that an agent made: the uri of an answer's "
            "files.",
            mime_type=UNKNOWN,
        ),
        ResourceTemplate(
            uri_template=f"{FILES}{{holder}}/{{place}}/{{name}}",
            name="file_within",
            title="File of a code interpreter",
            description="A file that an agent's code wrote: the uri of an answer's files.",
            mime_type=UNKNOWN,
        ),
    ]


def as_template(uri: str) -> str:
    """Return an address as its template has it: an id with a slash in it is one part all the same.

    Whoever writes an address by hand leaves the slash as it is.
    """
    head, found, identifier = uri.partition(_CONVERSATIONS)
    return f"{found}{quote(unquote(identifier), safe='')}" if found and not head else uri


async def read_file(foundry: FoundrySession, uri: str) -> ReadResourceContents:
    """Return a file with its own media type: a text as text, anything else as it is.

    Raises:
        ResourceError: It cannot be had; `ResourceNotFoundError` where it is gone.
    """

    async def get() -> Contents:
        return await foundry.files.get(foundry.binding.open(uri, "file"))

    found = await _read(foundry, uri, get)
    text = text_in_bytes(found.data) if is_textual(found.kind) else None
    return ReadResourceContents(content=text or found.data, mime_type=found.kind)


async def _read(foundry: FoundrySession, address: str, read: Callable[[], Awaitable[T]]) -> T:
    """Read, with failures in our words; of what an embedded emulator forgets, with the remedy.

    Raises:
        ResourceError: Whatever went wrong; `ResourceNotFoundError` where there is no such thing.
    """
    try:
        return await read()
    except Exception as exception:
        failure = explain(exception, address, foundry.settings)
        if failure.code == "internal":
            logger.exception("%s cannot be read", address)
        failure = explained(failure) if foundry.settings.forgets else failure
        kind = ResourceNotFoundError if failure.code in _NOT_THERE else ResourceError
        raise kind(f"{failure.code}: {failure}") from exception


async def _transcript(foundry: FoundrySession, given: str) -> str:
    return await read_transcript(foundry, foundry.binding.open(given, "conversation"), given)


async def _agents(current: CurrentRequest) -> str:
    return _as_text((await list_agents(current.call)).structured())


async def _deployments(current: CurrentRequest) -> str:
    return _as_text((await list_deployments(current.call)).structured())


async def _agent(foundry: FoundrySession, agent: str) -> str:
    return _as_text(await foundry.describe(agent))


def _usage(foundry: FoundrySession) -> str:
    spending = foundry.runs.spending
    agents = {
        agent: {"answers": spent.answers, **spent.usage.model_dump()}
        for agent, spent in spending.by_agent.items()
    }
    total = Usage.sum(spent.usage for spent in spending.by_agent.values()) or Usage()
    return _as_text(
        {"agents": agents, "total": total.model_dump(), "budget": foundry.settings.budget}
    )


def _as_text(value: object) -> str:
    return json.dumps(without_credentials(value), ensure_ascii=False, indent=2)
