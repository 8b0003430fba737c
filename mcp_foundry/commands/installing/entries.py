"""The clients, and what each is told of this server: also the source of the pages' snippets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast

from mcp_foundry.commands.installing.json_text import Json, is_object
from mcp_foundry.settings.variables import VARIABLES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NAME = "foundry"
"""What the server is called in a client's configuration."""
_OUR_VARIABLES = frozenset(name for variable in VARIABLES for name in variable.names)
_OUR_WORDS = frozenset({"mcp-foundry", "mcp-foundry.exe", "mcp_foundry"})


class Client(NamedTuple):
    """A program that starts MCP servers, and how its configuration is written.

    Attributes:
        title: Its name, as its makers write it.
        key: What holds the servers in its configuration.
        notation: What that is written in.
        kind: The entry's `type`, or "" where it needs none.
        further: What else an entry should say.
    """

    title: str
    key: str = "mcpServers"
    notation: Literal["json", "toml"] = "json"
    kind: str = ""
    further: Mapping[str, Any] = {}

    def entry(self, command: Sequence[str], env: Mapping[str, str]) -> Json:
        """Return what starts `command` with the variables of `env`."""
        program, *arguments = command
        entry: Json = {"type": self.kind} if self.kind else {}
        entry["command"] = program
        if arguments:
            entry["args"] = arguments
        if env:
            entry["env"] = dict(env)
        return {**entry, **self.further}


CLIENTS = {
    "claude-desktop": Client("Claude Desktop"),
    "claude-code": Client("Claude Code"),
    "vscode": Client("VS Code", key="servers", kind="stdio"),
    "cursor": Client("Cursor"),
    "codex": Client(
        "Codex",
        key="mcp_servers",
        notation="toml",
        # It waits one second for a server that is not required, and calls one tool at a time.
        further={"required": True, "supports_parallel_tool_calls": True},
    ),
    "copilot-cli": Client(
        "Copilot CLI", kind="local", further={"tools": ["*"], "deferTools": "never"}
    ),
    "gemini": Client("Gemini CLI"),
}
"""Every client, by the word for it on the command line."""


def is_ours(entry: object) -> bool:
    """Whether an entry starts this server, however it was written."""
    if not is_object(entry):
        return False
    arguments: object = entry.get("args")
    words = [
        entry.get("command"),
        *(cast("list[Any]", arguments) if isinstance(arguments, list) else ()),
    ]
    names = (re.split(r"[\\/]", word)[-1] for word in words if isinstance(word, str))
    return not _OUR_WORDS.isdisjoint(names)


def merged(entry: Json, earlier: Json) -> Json:
    """Return `entry` with what a person or the client has put into the one that is there.

    That is every field and variable that is none of ours.
    """
    kept = {name: value for name, value in earlier.items() if name not in {"args", "env"}}
    found = earlier.get("env")
    before = found if is_object(found) else {}
    theirs = {name: text for name, text in before.items() if name not in _OUR_VARIABLES}
    env = _in_order(before, {**theirs, **entry.get("env", {})})
    whole = {**kept, **entry, **({"env": env} if env else {})}
    return _in_order(earlier, whole)


def _in_order(earlier: Json, now: Json) -> Json:
    """Return `now`, first what was there before, in the order in which that stands."""
    return {name: now[name] for name in earlier if name in now} | now
