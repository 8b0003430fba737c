"""`mcp-foundry tools`, and `call TOOL --help`: the tools as their schemas tell of them."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from textwrap import fill
from typing import TYPE_CHECKING, Any, cast

import anyio
from mcp.client import Client

from mcp_foundry.commands.arguments import UsageError, example, kinds, takes_texts
from mcp_foundry.commands.emulate import project
from mcp_foundry.commands.line.options import EXIT_CODES
from mcp_foundry.server.app import create_server

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import SimpleNamespace

    from mcp_types import Tool

    from mcp_foundry.settings.values import Settings

Json = dict[str, Any]
_WIDTH = 78
_FILES = """\
A text value @FILE is that file's text, and @@ a literal @; what is JSON may be in a file, too.
`mcp-foundry call --help` tells the options."""
# What an example shows beside what a tool cannot do without.
_TYPED = frozenset({"message", "messages", "scope", "instructions"})


def run(settings: Settings, options: SimpleNamespace) -> int:
    """List the tools; with `--json`, with their schemas, as a client sees them."""
    tools = anyio.run(_offered, settings, options.emulation)
    if options.json:
        shown = [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in tools]
        sys.stdout.write(f"{json.dumps({'tools': shown}, indent=2)}\n")
        return 0
    width = max(len(tool.name) for tool in tools) + 2
    for tool in tools:
        told = f"{tool.name:<{width}}{_first_sentence(tool)}"
        sys.stdout.write(f"{fill(told, _WIDTH, subsequent_indent=' ' * width)}\n")
    sys.stdout.write("\nmcp-foundry call TOOL --help tells what each takes.\n")
    return 0


def show_help(tool: str, settings: Settings, emulation: Mapping[str, Any] | None) -> int:
    """Print what a tool takes.

    Raises:
        UsageError: There is no such tool.
    """
    tools = {offered.name: offered for offered in anyio.run(_offered, settings, emulation)}
    sys.stdout.write(_help(offered_as(tool, tools)))
    return 0


def offered_as(name: str, tools: Mapping[str, Tool]) -> Tool:
    """Return the tool of a name.

    Raises:
        UsageError: There is none.
    """
    if name in tools:
        return tools[name]
    raise UsageError(f"there is no tool '{name}'. The tools are: {', '.join(tools)}.")


async def _offered(settings: Settings, emulation: Mapping[str, Any] | None) -> list[Tool]:
    if not settings.endpoint and emulation is None:
        # Tools of single agents are made from what the project says of these.
        settings = replace(settings, agent_tools=frozenset())
    if not settings.agent_tools:
        return await create_server(settings).list_tools()
    async with (
        project(settings, emulation) as chosen,
        Client(create_server(chosen), mode="legacy") as client,
    ):
        return (await client.list_tools()).tools


def _first_sentence(tool: Tool) -> str:
    return (tool.description or tool.name).partition(". ")[0].rstrip(".")


def _help(tool: Tool) -> str:
    known: Json = tool.input_schema["properties"]
    needed = tool.input_schema.get("required", [])
    shown = [
        f"{name}={example(name, schema)}"
        for name, schema in known.items()
        if name in needed or name in _TYPED
    ]
    if "answer_id" not in needed:  # an emulator that begins anew has no answers
        shown.append("--emulator")
    command = f"mcp-foundry call {tool.name}"
    parts = [
        f"usage: {command} {'[NAME=VALUE ...] ' if known else ''}[OPTION ...]",
        fill(tool.description or "", _WIDTH),
        "\n".join(["arguments:", *(_line(n, s, n in needed) for n, s in known.items())])
        if known
        else "",
        _FILES,
        f"For example:\n  {' '.join([command, *shown])}",
        EXIT_CODES,
    ]
    return "\n\n".join(filter(None, parts))


def _line(name: str, schema: Json, needed: bool) -> str:
    told = " or ".join(kinds(schema)) or "any JSON"
    if takes_texts(schema):
        told = "text; once for each"
    elif fields := cast("Json", schema.get("items", {})).get("properties"):
        told = f"array of {{{', '.join(fields)}}}"
    told = told.replace("string", "text")
    if choices := schema.get("enum"):
        told = f"one of {', '.join(map(str, choices))}"
    marks = ["required"] if needed else []
    bounds = (("at least", "minimum"), ("at most", "maximum"))
    marks += [f"{word} {schema[bound]:g}" for word, bound in bounds if bound in schema]
    if "default" in schema:
        marks.append(f"default {json.dumps(schema['default'])}")
    parts = [told, *marks]
    if meaning := schema.get("description"):
        parts.append(str(meaning))
    told = f"  {name:<20} {'; '.join(parts)}"
    return fill(told, _WIDTH, subsequent_indent=" " * 23, break_long_words=False)
