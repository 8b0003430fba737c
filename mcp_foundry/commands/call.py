"""`mcp-foundry call`: one tool, through a real MCP client."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import anyio

from mcp_foundry.commands.arguments import UsageError, tool_arguments
from mcp_foundry.commands.emulate import project
from mcp_foundry.commands.interruption import interruptible
from mcp_foundry.commands.terminal import LiveProgress, ask_person

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcp_types import CallToolResult

    from mcp_foundry.settings import Settings


def call(
    settings: Settings,
    emulation: Mapping[str, Any] | None,
    tool: str,
    words: list[str],
    *,
    as_json: bool = False,
    quiet: bool = False,
) -> int:
    """Call `tool` and print what it answers.

    Args:
        settings: What the user set.
        emulation: See `project`.
        tool: The tool's name.
        words: Its arguments, see `tool_arguments`.
        as_json: Print JSON also on a terminal.
        quiet: Tell no progress.

    Returns:
        The exit code: 0, 1 where the tool reports an error, 130 after Ctrl+C.

    Raises:
        UsageError: There is no such tool, or its arguments are wrong.
    """
    progress = LiveProgress(sys.stderr, tool)

    async def calling() -> CallToolResult | UsageError | int:
        with interruptible() as interruption:
            # Whoever reads this progress wants the whole text, not the end of it again and again.
            async with project(replace(settings, progress="delta"), emulation) as chosen:
                return await _called(chosen, tool, words, None if quiet else progress)
        return interruption.code

    result = anyio.run(calling)
    progress.close()
    if isinstance(result, int):
        return result
    if isinstance(result, UsageError):
        raise result
    if result.is_error:
        sys.stderr.write(f"{_text(result)}\n")
        return 1
    _show(result, as_json=as_json, shown=progress.text)
    return 0


async def _called(
    settings: Settings, tool: str, words: list[str], progress: LiveProgress | None
) -> CallToolResult | UsageError:
    from mcp.client import Client

    from mcp_foundry.server import create_server

    client = Client(
        create_server(settings),
        # The handshake's era asks a person within the call, so that Ctrl+C at the question still
        # cancels the run that waits for the answer.
        mode="legacy",
        elicitation_callback=ask_person if sys.stdin.isatty() else None,
    )
    async with client:
        tools = {offered.name: offered for offered in (await client.list_tools()).tools}
        try:
            if tool not in tools:
                raise UsageError(f"there is no tool '{tool}'. The tools are: {', '.join(tools)}.")
            arguments = tool_arguments(tool, tools[tool].input_schema, words)
        except UsageError as wrong:
            return wrong  # the client's task group would wrap it
        return await client.call_tool(tool, arguments, progress_callback=progress)


def _text(result: CallToolResult) -> str:
    return "\n\n".join(block.text for block in result.content if block.type == "text")


def _show(result: CallToolResult, *, as_json: bool, shown: str) -> None:
    for_person = sys.stdout.isatty()
    answer: dict[str, Any] = result.structured_content or {}
    if for_person and not as_json and "status" in answer and "text" in answer:
        told = _text(result)
        if sys.stderr.isatty() and shown == answer["text"]:
            told = told.removeprefix(shown).lstrip()
        sys.stdout.write(f"{told}\n")
        return
    encoding = (sys.stdout.encoding or "ascii").lower().replace("-", "")
    text = json.dumps(answer, ensure_ascii=encoding != "utf8", indent=2 if for_person else None)
    sys.stdout.write(f"{text}\n")
