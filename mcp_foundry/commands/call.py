"""`mcp-foundry call`: one tool, through a real MCP client."""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import anyio
from mcp.client import Client

from mcp_foundry.commands.arguments import UsageError, Value, read_sources, tool_arguments
from mcp_foundry.commands.emulate import project
from mcp_foundry.commands.next_to_type import place_of, told_what_next
from mcp_foundry.commands.outcome import FAILED, code_of
from mcp_foundry.commands.results import show, show_answers, text_of
from mcp_foundry.commands.terminal import Terminal
from mcp_foundry.commands.tools import offered_as, show_help
from mcp_foundry.server.app import create_server
from mcp_foundry.transport.shutdown import interruptible

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import SimpleNamespace

    from mcp.shared.dispatcher import ProgressFnT
    from mcp_types import CallToolResult

    from mcp_foundry.settings.values import Settings

Json = dict[str, Any]
# Seconds after which the next lines are written.
_PART = 0.25


def run(settings: Settings, options: SimpleNamespace) -> int:
    """Do what the command line asks; see `Call.run`."""
    if options.help:
        return show_help(options.tool, settings, options.emulation)
    if options.lines and options.tool != "batch_ask":
        raise UsageError("--lines is for batch_ask, whose answers are many. Leave it out.")
    call = Call(
        options.tool,
        options.words,
        place_of(options),
        as_json=options.json,
        quiet=options.quiet,
        lines=options.lines,
        tolerant=options.tolerant,
    )
    return call.run(settings, options.emulation)


@dataclass(frozen=True)
class Call:
    """One call from the command line.

    Attributes:
        tool: The tool's name.
        words: Its arguments, see `tool_arguments`.
        place: See `place_of`.
        as_json: Print JSON also on a terminal.
        quiet: Tell no progress.
        lines: Print each answer of a batch as a line, when it comes.
        tolerant: See `code_of`.
    """

    tool: str
    words: list[str]
    place: list[str]
    as_json: bool = False
    quiet: bool = False
    lines: bool = False
    tolerant: bool = False

    def run(self, settings: Settings, emulation: Mapping[str, Any] | None) -> int:
        """Make the call and print what the tool answers.

        Args:
            settings: What the user set.
            emulation: See `project`.

        Returns:
            The exit code; see `mcp_foundry.commands.outcome`.

        Raises:
            UsageError: There is no such tool, or its arguments are wrong.
        """
        words = read_sources(self.words)  # not in the loop: Ctrl+C would have to wait for stdin
        terminal = _terminal(self.tool)
        outcome: list[CallToolResult | UsageError | BrokenPipeError] = []

        async def calling() -> int:
            with interruptible() as shutdown:
                # Whoever reads this progress wants the whole text, not its end again and again.
                chosen = replace(settings, progress="delta")
                if self.tool == "batch_ask":
                    # What is left of a batch ends with its process, so it is waited for.
                    chosen = replace(chosen, max_wait=_PART if self.lines else 0)
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
        if isinstance(result, Exception):
            raise result
        answer: Json = result.structured_content or {}
        if result.is_error:
            told = filter(None, (text_of(result, self.place), told_what_next(answer, self.place)))
            sys.stderr.write("".join(f"{line}\n" for line in told))
            return FAILED
        as_json = self.as_json or not sys.stdout.isatty()
        if not self.lines:
            show(result, terminal.text, self.place, as_json=as_json)
        if as_json and (line := told_what_next(answer, self.place)):
            sys.stderr.write(f"{line}\n")
        return code_of(answer, tolerant=self.tolerant)

    async def _outcome(
        self, settings: Settings, words: list[str | Json | Value], terminal: Terminal
    ) -> CallToolResult | UsageError | BrokenPipeError:
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
                result = await client.call_tool(self.tool, arguments, progress_callback=telling)
                return await self._rest(client, result, telling) if self.lines else result
            except (UsageError, BrokenPipeError) as wrong:
                return wrong

    async def _arguments(self, client: Client, words: list[str | Json | Value]) -> Json:
        tools = {offered.name: offered for offered in (await client.list_tools()).tools}
        return tool_arguments(self.tool, offered_as(self.tool, tools).input_schema, words)

    async def _rest(
        self, client: Client, result: CallToolResult, telling: ProgressFnT | None
    ) -> CallToolResult:
        """Print a batch in the parts in which it comes, and return the last."""
        while not result.is_error:
            batch: Json = result.structured_content or {}
            the_batch = {"answer_id": batch["batch_id"]}
            try:
                show_answers(batch)
            except BrokenPipeError:
                await client.call_tool("cancel_answer", the_batch)
                raise
            if batch["status"] != "in_progress":
                break
            result = await client.call_tool("get_answer", the_batch, progress_callback=telling)
        return result


def _terminal(tool: str) -> Terminal:
    if sys.stderr.isatty():
        with suppress(ImportError):  # rich is an extra
            from mcp_foundry.commands.drawing import DrawnTerminal

            return DrawnTerminal(tool)
    return Terminal(tool)
