"""How each client is told of the server: the one source of the README's table of clients."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from mcp_foundry.commands.installing.entries import CLIENTS, NAME
from mcp_foundry.settings.variables import PROJECT as ENDPOINT
from mcp_foundry.settings.variables import VARIABLES

VARIABLE = VARIABLES[0].names[0]

Json = dict[str, Any]
# VS Code asks for the value, and keeps it.
_INPUT: Json = {"type": "promptString", "id": "endpoint", "description": "Foundry project endpoint"}


def _entry(client: str, endpoint: str = ENDPOINT) -> Json:
    """What `install` writes, for a server that the client finds by its name."""
    return CLIENTS[client].entry(["mcp-foundry"], {VARIABLE: endpoint})


def _configuration(client: str, entry: Json) -> str:
    return json.dumps({CLIENTS[client].key: {NAME: entry}})


_ASKING = _entry("vscode", f"${{input:{_INPUT['id']}}}")


_REQUIRED, _PARALLEL = CLIENTS["codex"].further


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
    asked = {"name": NAME, "config": b64encode(json.dumps(_entry("cursor")).encode()).decode()}
    return f"https://cursor.com/en/install-mcp?{urlencode(asked)}"


SNIPPETS = (
    Snippet(
        CLIENTS["claude-desktop"].title,
        "claude_desktop_config.json",
        _configuration("claude-desktop", _entry("claude-desktop")),
    ),
    Snippet(
        CLIENTS["claude-code"].title,
        "shell",
        f"claude mcp add {NAME} -e {VARIABLE}={ENDPOINT} -- mcp-foundry",
    ),
    Snippet(
        CLIENTS["vscode"].title,
        ".vscode/mcp.json",
        json.dumps({"inputs": [_INPUT], CLIENTS["vscode"].key: {NAME: _ASKING}}),
        _vscode_link(),
    ),
    Snippet(
        CLIENTS["cursor"].title,
        ".cursor/mcp.json",
        _configuration("cursor", _entry("cursor")),
        _cursor_link(),
    ),
    Snippet(
        CLIENTS["codex"].title,
        "shell",
        f"codex mcp add {NAME} --env {VARIABLE}={ENDPOINT} -- mcp-foundry",
        further=f"then, below `[{CLIENTS['codex'].key}.{NAME}]` in `~/.codex/config.toml`, "
        f"`{_REQUIRED} = true` (a server is waited for one second otherwise) and "
        f"`{_PARALLEL} = true`",
    ),
    Snippet(
        CLIENTS["copilot-cli"].title,
        "~/.copilot/mcp-config.json",
        _configuration("copilot-cli", _entry("copilot-cli")),
    ),
    Snippet(
        CLIENTS["gemini"].title,
        "shell",
        f"gemini mcp add -e {VARIABLE}={ENDPOINT} {NAME} mcp-foundry",
    ),
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
