"""How each client is told of the server: the one source of the README's table of clients."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

NAME = "foundry"
VARIABLE = "FOUNDRY_PROJECT_ENDPOINT"
ENDPOINT = "https://NAME.services.ai.azure.com/api/projects/PROJECT"

Json = dict[str, Any]
SERVER: Json = {"command": "mcp-foundry", "env": {VARIABLE: ENDPOINT}}
# VS Code asks for the value, and keeps it.
_INPUT: Json = {"type": "promptString", "id": "endpoint", "description": "Foundry project endpoint"}
_ASKING: Json = {
    "type": "stdio",
    "command": "mcp-foundry",
    "env": {VARIABLE: f"${{input:{_INPUT['id']}}}"},
}


class Snippet(NamedTuple):
    """What a person gives a client.

    Attributes:
        client: The client's name.
        where: The file that takes the snippet, or `shell`.
        text: The snippet: JSON, or a command.
        button: A link that does the same, or "".
        further: What else to set, and why, or "".
    """

    client: str
    where: str
    text: str
    button: str = ""
    further: str = ""


def _vscode_link() -> str:
    asked = {"name": NAME, "inputs": json.dumps([_INPUT]), "config": json.dumps(_ASKING)}
    return f"https://insiders.vscode.dev/redirect/mcp/install?{urlencode(asked, quote_via=quote)}"


def _cursor_link() -> str:
    asked = {"name": NAME, "config": b64encode(json.dumps(SERVER).encode()).decode()}
    return f"https://cursor.com/en/install-mcp?{urlencode(asked)}"


SNIPPETS = (
    Snippet(
        "Claude Desktop", "claude_desktop_config.json", json.dumps({"mcpServers": {NAME: SERVER}})
    ),
    Snippet(
        "Claude Code", "shell", f"claude mcp add {NAME} -e {VARIABLE}={ENDPOINT} -- mcp-foundry"
    ),
    Snippet(
        "VS Code",
        ".vscode/mcp.json",
        json.dumps({"inputs": [_INPUT], "servers": {NAME: _ASKING}}),
        _vscode_link(),
    ),
    Snippet(
        "Cursor", ".cursor/mcp.json", json.dumps({"mcpServers": {NAME: SERVER}}), _cursor_link()
    ),
    Snippet(
        "Codex",
        "shell",
        f"codex mcp add {NAME} --env {VARIABLE}={ENDPOINT} -- mcp-foundry",
        further=f"then, below `[mcp_servers.{NAME}]` in `~/.codex/config.toml`, `required = true` "
        "(a server is waited for one second otherwise) and `supports_parallel_tool_calls = true`",
    ),
    Snippet(
        "Copilot CLI",
        "~/.copilot/mcp-config.json",
        json.dumps(
            {
                "mcpServers": {
                    NAME: {"type": "local", **SERVER, "tools": ["*"], "deferTools": "never"}
                }
            }
        ),
    ),
    Snippet("Gemini CLI", "shell", f"gemini mcp add -e {VARIABLE}={ENDPOINT} {NAME} mcp-foundry"),
)


def clients() -> str:
    """The README's table: client, file or command, snippet."""
    rows = [("client", "where", "what"), ("---", "---", "---")]
    for snippet in SNIPPETS:
        where = snippet.where if snippet.where == "shell" else f"`{snippet.where}`"
        button = f"[install]({snippet.button}), or " if snippet.button else ""
        further = f", {snippet.further}" if snippet.further else ""
        rows.append((snippet.client, where, f"{button}`{snippet.text}`{further}"))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
