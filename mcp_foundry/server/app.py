"""The MCP server: what it says of itself, its one session, and the loop that offers the tools."""

from __future__ import annotations

import inspect
import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast

import anyio
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError, UnexpectedToolError
from mcp.server.request_state import RequestStateSecurity
from mcp_types import CallToolResult, InputRequiredResult, TextContent, Tool, ToolAnnotations
from pydantic import ValidationError

from mcp_foundry import __version__
from mcp_foundry.contract.answers import Error, lean
from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.project.callers import Callers
from mcp_foundry.project.session import FoundrySession, open_session
from mcp_foundry.server.bound import told_to
from mcp_foundry.server.call import CurrentRequest, warm_after_listing
from mcp_foundry.server.complaints import complaints
from mcp_foundry.server.forgetting import explained
from mcp_foundry.server.instructions import few, instructions
from mcp_foundry.server.next_steps import after_error
from mcp_foundry.server.observing import Observing
from mcp_foundry.server.prompts import CREATE, check_prompt, register_prompts
from mcp_foundry.server.resources import (
    FILES,
    as_template,
    file_templates,
    read_file,
    register_resources,
)
from mcp_foundry.server.results import as_call_result
from mcp_foundry.server.schemas import LeanSchemas
from mcp_foundry.server.shapes import fit
from mcp_foundry.server.tools.registry import MANAGING, TOOLS
from mcp_foundry.service.explain import explain

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterable

    from mcp.server.lowlevel.helper_types import ReadResourceContents
    from mcp.server.mcpserver import Context
    from mcp_types import GetPromptResult, Prompt, ResourceTemplate
    from pydantic import AnyUrl

    from mcp_foundry.contract.json import Json
    from mcp_foundry.server.tools.registry import Registration
    from mcp_foundry.settings.values import Settings

logger = logging.getLogger(__name__)


class FoundryServer(MCPServer[FoundrySession]):
    """An MCPServer with lean schemas, whose failed calls say what failed, as text and as a code."""

    # What may be asked, where that is a few: then a model need not look them up.
    agents: tuple[str, ...] = ()
    current: CurrentRequest
    # Whether there is a folder in which files are saved.
    saving: bool = False
    # Whether the project ends with the process.
    forgets: bool = False
    # Whether every tool is there; those of agents that get one of their own come with a request.
    whole: bool = True

    async def list_tools(self) -> list[Tool]:
        """List the tools that whoever asks may call."""
        await self._complete()
        lean, tools = LeanSchemas(), await super().list_tools()
        if not self.current.may_manage:
            tools = [tool for tool in tools if tool.name not in MANAGING]
        for tool in tools:
            tool.input_schema = lean.of_arguments(tool.input_schema, self.agents)
            if tool.output_schema:
                tool.output_schema = lean.of_result(tool.output_schema)
        return tools

    async def call_tool(
        self,
        name: str,
        arguments: dict[str, Any],
        context: Context[FoundrySession, Any] | None = None,
    ) -> CallToolResult | InputRequiredResult:
        """Call a tool; every failure becomes a result that the caller can read."""
        try:
            if all(name != tool.function.__name__ for tool in TOOLS):
                await self._complete()
            schema = await self._schema_of(name)
            fitting = fit(name, schema, arguments) if schema else arguments
            return await super().call_tool(name, fitting, context)
        except FoundryError as refusal:
            failure = refusal
        except ToolError as error:
            failure = self._explain(name, error)
        failure = explained(failure) if self.forgets else failure
        failure = told_to(failure, self.current.session.binding, arguments)
        told: Json = {"error": lean(Error.of(failure)), "next": after_error(failure)}
        kept = failure.kept or {}
        text = "\n\n".join(filter(None, (f"{failure.code}: {failure}", kept.get("text"))))
        return CallToolResult(
            content=[TextContent(type="text", text=text)],
            structured_content=told | kept,
            is_error=True,
        )

    async def _complete(self) -> None:
        """Add the tools of agents that get one of their own, once."""
        if self.whole:
            return
        from mcp_foundry.server.tools.own import own_tools

        async with self._completing:
            if not self.whole:
                for tool in await own_tools(self.current.session):
                    self.offer(tool)
                self.whole, self._schemas = True, {}

    def offer(self, tool: Registration) -> None:
        """Add a tool."""
        self.add_tool(
            as_call_result(tool.function),
            title=tool.title,
            # Docstrings keep their indentation before Python 3.13.
            description=" ".join(inspect.getdoc(tool.function).split()),  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess] - a tool without one is a bug that must fail
            annotations=ToolAnnotations(
                read_only_hint=tool.reads and not (tool.saves and self.saving),
                destructive_hint=tool.replaces,
                idempotent_hint=tool.idempotent,
                open_world_hint=True,
            ),
            # Hosts that defer tools show a model their names only; the core has to be seen.
            meta={"anthropic/searchHint": tool.hint} if tool.hint else _ALWAYS,
            structured_output=False if tool.bare else None,
        )

    async def _schema_of(self, name: str) -> Json | None:
        if not self._schemas:
            self._schemas = {tool.name: tool.input_schema for tool in await super().list_tools()}
        return self._schemas.get(name)

    def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - the SDK's own
        super().__init__(*args, **options)
        self.observing = Observing(self.middleware, self._tool_input_schema)
        self._schemas: dict[str, Json] = {}
        self._completing = anyio.Lock()

    async def list_resource_templates(self) -> list[ResourceTemplate]:
        """Return the templates, those of files among them."""
        return [*await super().list_resource_templates(), *file_templates()]

    async def read_resource(
        self, uri: AnyUrl | str, context: Context[FoundrySession, Any] | None = None
    ) -> Iterable[ReadResourceContents] | InputRequiredResult:
        """Read a resource; of a file, each has a media type of its own, which no template has."""
        if str(uri).startswith(FILES):
            return [await read_file(self.current.session, str(uri))]
        return await super().read_resource(as_template(str(uri)), context)

    async def list_prompts(self) -> list[Prompt]:
        """List the prompts, as the tools."""
        may, prompts = self.current.may_manage, await super().list_prompts()
        return [prompt for prompt in prompts if may or prompt.name != CREATE.name]

    async def get_prompt(
        self,
        name: str,
        arguments: dict[str, Any] | None = None,
        context: Context[FoundrySession, Any] | None = None,
    ) -> GetPromptResult | InputRequiredResult:
        """Render a prompt; what a caller got wrong is refused before it looks like a crash."""
        check_prompt(await self.list_prompts(), name, arguments or {})
        return await super().get_prompt(name, arguments, context)

    def _explain(self, name: str, error: ToolError) -> FoundryError:
        cause = error.__cause__
        if cause is None:
            tools = ", ".join(self._schemas)
            return FoundryError("invalid_request", f"{error}. The tools are: {tools}.")
        if isinstance(cause, ValidationError) and not isinstance(error, UnexpectedToolError):
            return FoundryError("invalid_request", f"{name}: {complaints(cause)}")
        failure = explain(cause, name, self.current.session.settings)
        if failure.code == "internal":
            logger.error("%s failed", name, exc_info=cause)
        return failure


def create_server(
    settings: Settings, opened: Callable[[FoundrySession], None] | None = None
) -> FoundryServer:
    """Build the server for one project; nothing is opened until it is served.

    Args:
        settings: What the user set.
        opened: Told the session once it is open, for a client in the same process.
    """

    @asynccontextmanager
    async def lifespan(_: MCPServer[FoundrySession]) -> AsyncGenerator[FoundrySession, None]:
        async with open_session(settings) as foundry:
            if opened:
                opened(foundry)
            if settings.auth == "entra":
                current.callers = Callers(foundry.shared)
            yield foundry

    current = CurrentRequest()
    server = FoundryServer(
        "mcp-foundry",
        title="Microsoft Foundry agents",
        version=__version__,
        instructions=instructions(settings),
        lifespan=lifespan,
        log_level=cast("Any", settings.log_level),
        subscriptions=False,  # the lists never change
        middleware=[warm_after_listing, current.remember],
        request_state_security=_sealing(settings),
    )
    if settings.auth == "entra":
        # Before anything looks at the session: there is one for each caller.
        server.middleware.insert(0, current.as_caller)
    server.agents, server.current = few(settings), current
    server.whole, server.saving = not settings.agent_tools, bool(settings.save)
    server.forgets = settings.forgets
    for tool in TOOLS:
        if tool.writes_project and settings.read_only:
            continue
        server.offer(tool)
    register_resources(server, current)
    register_prompts(server, current, read_only=settings.read_only)
    return server


def _sealing(settings: Settings) -> RequestStateSecurity | None:
    """Return how the state of a call's rounds is sealed: with the keys that all replicas share."""
    return RequestStateSecurity(keys=settings.keys) if settings.keys else None


_ALWAYS: Json = {"anthropic/alwaysLoad": True}
