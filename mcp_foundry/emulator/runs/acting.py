"""What a run does, act by act, in the words of its generation."""

import asyncio
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from mcp_foundry.emulator.model.acts import (
    Act,
    AskApproval,
    AskConsent,
    CallFunction,
    CallMcp,
    Draw,
    Leave,
    ListTools,
    Pause,
    Reason,
    RunCode,
    Say,
    Search,
    SearchFiles,
    UseTool,
    WriteFile,
)
from mcp_foundry.emulator.runs.watching import doing
from mcp_foundry.emulator.wire.values import Json

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


async def _pause(act: Pause) -> None:
    await asyncio.sleep(act.seconds)


class Acting(ABC):
    """Puts each act of the model into the events of a generation.

    Attributes:
        tokens: How many tokens of text it has spoken.
        deeds: See `WatchedRun`.
    """

    id: str
    body: Json
    """The run as the service shows it."""
    tokens: int
    deeds: list[str]

    async def perform(self, act: Act) -> None:
        """Do it."""
        does: dict[type, Callable[[Any], Awaitable[None]]] = {
            Say: self.say,
            Reason: self.reason,
            Search: self.search,
            SearchFiles: self.search_files,
            ListTools: self.list_tools,
            UseTool: self.use_tool,
            CallMcp: self.call_mcp,
            RunCode: self.run_code,
            WriteFile: self.write_file,
            Draw: self.draw,
            AskApproval: self.ask_approval,
            CallFunction: self.call_function,
            AskConsent: self.ask_consent,
            Leave: self.leave,
            Pause: _pause,
        }
        with doing(self, act):
            await does[type(act)](act)

    @abstractmethod
    async def say(self, act: Say) -> None:
        """Stream one message."""

    @abstractmethod
    async def reason(self, act: Reason) -> None:
        """Show a summary of thought."""

    @abstractmethod
    async def search(self, act: Search) -> None:
        """Search the web."""

    @abstractmethod
    async def search_files(self, act: SearchFiles) -> None:
        """Search vector stores."""

    @abstractmethod
    async def list_tools(self, act: ListTools) -> None:
        """Show the tools of an MCP server."""

    @abstractmethod
    async def use_tool(self, act: UseTool) -> None:
        """Call a tool of the service."""

    @abstractmethod
    async def call_mcp(self, act: CallMcp) -> None:
        """Call an MCP tool."""

    @abstractmethod
    async def run_code(self, act: RunCode) -> None:
        """Run code."""

    @abstractmethod
    async def write_file(self, act: WriteFile) -> None:
        """Write a file by code."""

    @abstractmethod
    async def draw(self, act: Draw) -> None:
        """Make a picture."""

    @abstractmethod
    async def ask_approval(self, act: AskApproval) -> None:
        """Wait for an approval once the turn is over."""

    @abstractmethod
    async def call_function(self, act: CallFunction) -> None:
        """Wait for a function's output once the turn is over."""

    @abstractmethod
    async def ask_consent(self, act: AskConsent) -> None:
        """Wait for a person to sign in somewhere."""

    @abstractmethod
    async def leave(self, act: Leave) -> None:
        """Leave an item that only the new generation has."""
