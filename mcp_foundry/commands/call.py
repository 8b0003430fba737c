"""`mcp-foundry call`: one tool, through a real MCP client."""

from __future__ import annotations

import json
import re
import sys
from base64 import b64decode
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import anyio
from mcp.client import Client

from mcp_foundry.commands.arguments import UsageError, read_sources, tool_arguments
from mcp_foundry.commands.emulate import project
from mcp_foundry.commands.terminal import Terminal
from mcp_foundry.server.app import create_server
from mcp_foundry.transport.shutdown import interruptible

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import SimpleNamespace

    from mcp_types import CallToolResult

    from mcp_foundry.settings.values import Settings

Json = dict[str, Any]


def run(settings: Settings, options: SimpleNamespace) -> int:
    """Do what the command line asks; see `Call.run`."""
    call = Call(options.tool, options.words, as_json=options.json, quiet=options.quiet)
    return call.run(settings, options.emulation)


@dataclass(frozen=True)
class Call:
    """One call from the command line.

    Attributes:
        tool: The tool's name.
        words: Its arguments, see `tool_arguments`.
        as_json: Print JSON also on a terminal.
        quiet: Tell no progress.
    """

    tool: str
    words: list[str]
    as_json: bool = False
    quiet: bool = False

    def run(self, settings: Settings, emulation: Mapping[str, Any] | None) -> int:
        """Make the call and print what the tool answers.

        Args:
            settings: What the user set.
            emulation: See `project`.

        Returns:
            The exit code: 0, 1 where the tool reports an error, 128 + n after signal n.

        Raises:
            UsageError: There is no such tool, or its arguments are wrong.
        """
        words = read_sources(self.words)  # not in the loop: Ctrl+C would have to wait for stdin
        terminal = _terminal(self.tool)
        outcome: list[CallToolResult | UsageError] = []

        async def calling() -> int:
            with interruptible() as shutdown:
                # Whoever reads this progress wants the whole text, not its end again and again.
                chosen = replace(settings, progress="delta")
                if self.tool == "batch_ask":
                    # What is left of a batch ends with its process, so it is waited for.
                    chosen = replace(chosen, max_wait=0)
                async with project(chosen, emulation) as chosen:
                    # An exception would leave the client's task group as a group.
                    outcome.append(await self._outcome(chosen, words, terminal))
            return shutdown.code

        code = anyio.run(calling)
        terminal.close()
        if code:
            sys.stderr.write("mcp-foundry: interrupted\n")
            return code
        result = outcome[0]
        if isinstance(result, UsageError):
            raise result
        return self._show(result, terminal.text)

    async def _outcome(
        self, settings: Settings, words: list[str | Json], terminal: Terminal
    ) -> CallToolResult | UsageError:
        client = Client(
            create_server(settings),
            # The handshake's era asks a person within the call, so that Ctrl+C at the question
            # still cancels the run that waits for the answer.
            mode="legacy",
            elicitation_callback=terminal.ask if sys.stdin.isatty() else None,
        )
        async with client:
            try:
                arguments = await self._arguments(client, words)
                telling = None if self.quiet else terminal.tell
                return await client.call_tool(self.tool, arguments, progress_callback=telling)
            except UsageError as wrong:
                return wrong

    async def _arguments(self, client: Client, words: list[str | Json]) -> Json:
        tools = {offered.name: offered for offered in (await client.list_tools()).tools}
        if self.tool not in tools:
            raise UsageError(f"there is no tool '{self.tool}'. The tools are: {', '.join(tools)}.")
        return tool_arguments(self.tool, tools[self.tool].input_schema, words)

    def _show(self, result: CallToolResult, told: str) -> int:
        text = "\n\n".join(block.text for block in result.content if block.type == "text")
        if result.is_error:
            sys.stderr.write(f"{text}\n")
            return 1
        answer: Json | None = result.structured_content
        on_terminal = sys.stdout.isatty()
        if self.as_json or not on_terminal:
            # A tool without a schema of its result answers in blocks.
            shown = result.model_dump(mode="json", by_alias=True, exclude_none=True)
            shown = {"content": shown["content"]} if answer is None else answer
            sys.stdout.write(_json(shown, indent=2 if on_terminal else None))
        elif answer is None or "text" in answer or "answers" in answer:
            said = str((answer or {}).get("text", ""))
            if sys.stderr.isatty() and told and _without_links(told) == _without_links(said):
                text = text.removeprefix(said).lstrip()  # it stands there already
            sys.stdout.write(f"{text}\n")
            _draw_pictures(result)
        elif not _draw_listing(answer):
            sys.stdout.write(_json(answer, indent=2))
        return 0


def _terminal(tool: str) -> Terminal:
    if sys.stderr.isatty():
        with suppress(ImportError):  # rich is an extra
            from mcp_foundry.commands.drawing import DrawnTerminal

            return DrawnTerminal(tool)
    return Terminal(tool)


def _without_links(text: str) -> str:
    """Return a text without the addresses of files, which are settled once it is whole."""
    return re.sub(r"\]\([^)]*\)|sandbox:\S+|foundry://\S+", "", text)


def _draw_pictures(result: CallToolResult) -> None:
    """Draw what pictures there are, where that is possible; a line has told of each."""
    pictures = [b64decode(block.data) for block in result.content if block.type == "image"]
    if not pictures:
        return
    try:
        from mcp_foundry.commands.pictures import show_picture
    except ImportError:  # textual-image is an extra
        return
    sys.stdout.flush()
    for picture in pictures:
        show_picture(picture)


def _draw_listing(answer: Json) -> bool:
    """Draw a listing as a table, where that is possible."""
    name = next((n for n in answer if n in _LISTINGS), "")
    if not answer.get(name):
        return False
    try:
        from mcp_foundry.commands.drawing import draw_table
    except ImportError:  # rich is an extra
        return False
    draw_table(answer[name])
    if note := answer.get("note"):
        sys.stdout.write(f"{note}\n")
    return True


_LISTINGS = ("agents", "connections", "deployments", "memories")


def _json(value: Json, indent: int | None) -> str:
    utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    return f"{json.dumps(value, ensure_ascii=not utf8, indent=indent)}\n"
