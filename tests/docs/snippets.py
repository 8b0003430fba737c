"""How each client is told of the server: the one source of docs/clients.md."""

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
        further=f"Then, below `[{CLIENTS['codex'].key}.{NAME}]` in `~/.codex/config.toml`, set "
        f"`{_REQUIRED} = true` (a server is waited for one second otherwise) and "
        f"`{_PARALLEL} = true`.",
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
    """A section for each client: the command, the button, the snippet."""
    return "\n\n".join(map(_section, SNIPPETS))


def _section(snippet: Snippet) -> str:
    in_shell = snippet.where == "shell"
    (name,) = (name for name, client in CLIENTS.items() if client.title == snippet.client)
    ways = [f"`mcp-foundry install {name}`"]
    ways += [f"this [button]({snippet.button})"] if snippet.button else []
    ways += ["in a shell" if in_shell else f"in `{snippet.where}`"]
    told = ", or ".join(ways)
    text = snippet.text if in_shell else json.dumps(json.loads(snippet.text), indent=2)
    block = f"```{'sh' if in_shell else 'json'}\n{text}\n```"
    parts = (f"## {snippet.client}", f"{told[0].upper()}{told[1:]}:", block, snippet.further)
    return "\n\n".join(filter(None, parts))
