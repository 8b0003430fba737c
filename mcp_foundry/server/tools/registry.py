"""How each tool is offered to clients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from mcp_foundry.server.tools.asking import (
    ask_agent,
    batch_ask,
    cancel_answer,
    get_answer,
    stream_agent,
)
from mcp_foundry.server.tools.files import get_file
from mcp_foundry.server.tools.listing import list_agents, list_connections, list_deployments
from mcp_foundry.server.tools.memory import search_memory, update_memory
from mcp_foundry.server.tools.versions import create_agent_version

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class Registration(NamedTuple):
    """How a tool is offered.

    Attributes:
        function: Its signature and docstring are its schema.
        title: For menus.
        reads: Whether it leaves its environment as it is.
        writes_project: Whether it changes the project itself; not offered when read-only.
        shared: Whether what it changes is everybody's; where people sign in, it is offered to those
            who may manage.
        idempotent: Whether calling it again changes nothing more.
        replaces: Whether it can put something else in the place of what others use.
        hint: Words by which a host that defers tools finds it; a tool without any is the core of
            this server, which such a host should show always.
        saves: Whether it writes a file where the settings name a folder for that.
        bare: It publishes no output schema, so that every host shows the blocks of its result.
    """

    function: Callable[..., Awaitable[Any]]
    title: str
    reads: bool = False
    writes_project: bool = False
    shared: bool = False
    idempotent: bool = False
    replaces: bool = False
    hint: str = ""
    bare: bool = False
    saves: bool = False


TOOLS: tuple[Registration, ...] = (
    Registration(ask_agent, "Ask agent"),
    Registration(stream_agent, "Stream agent", hint="ask a Foundry agent, stream text, watch live"),
    Registration(batch_ask, "Ask in batch"),
    # It goes on with a run whose tool call a person approves.
    Registration(get_answer, "Get answer", idempotent=True),
    Registration(
        cancel_answer, "Cancel answer", idempotent=True, hint="stop a Foundry agent, abort a batch"
    ),
    Registration(
        get_file,
        "Get file",
        reads=True,
        idempotent=True,
        bare=True,
        saves=True,
        hint="picture, chart, file that a Foundry agent made; download, save",
    ),
    Registration(list_agents, "List agents", reads=True, idempotent=True),
    Registration(
        list_connections,
        "List connections",
        reads=True,
        idempotent=True,
        hint="Azure connections, search index, storage of a Foundry project",
    ),
    Registration(
        list_deployments,
        "List deployments",
        reads=True,
        idempotent=True,
        hint="model deployments, gpt, quota of a Foundry project",
    ),
    Registration(
        create_agent_version,
        "Create agent version",
        writes_project=True,
        shared=True,
        replaces=True,
        hint="make, change, configure a Foundry agent: instructions, tools, model",
    ),
    Registration(
        update_memory,
        "Update memory",
        writes_project=True,
        replaces=True,
        hint="remember facts about a user in a Foundry memory store",
    ),
    Registration(
        search_memory,
        "Search memory",
        reads=True,
        idempotent=True,
        hint="recall what a Foundry memory store remembers",
    ),
)
MANAGING = frozenset(tool.function.__name__ for tool in TOOLS if tool.shared)
"""The tools of those who may manage."""
