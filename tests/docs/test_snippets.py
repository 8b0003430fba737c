"""Each client's snippet starts the server that it names."""

from __future__ import annotations

import json
import shlex
import shutil
import sys
from base64 import b64decode
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import anyio
import pytest
from mcp import StdioServerParameters
from mcp.client import Client

from tests.docs.snippets import ENDPOINT, SNIPPETS, VARIABLE, Json, Snippet

if TYPE_CHECKING:
    from mcp_foundry.emulator import Emulator

pytestmark = pytest.mark.anyio


def server_of(snippet: Snippet) -> Json:
    """Return the command, arguments and environment that a client takes from the snippet."""
    if snippet.where != "shell":
        whole = json.loads(snippet.text)
        (server,) = (whole.get("mcpServers") or whole["servers"]).values()
        return server
    words = shlex.split(snippet.text)
    name, _, value = next(word for word in words if "=" in word).partition("=")
    # What stands behind `--` is the command; Gemini's has none, and takes what is behind the name.
    behind = words.index("--") if "--" in words else words.index("foundry")
    command, *arguments = words[behind + 1 :]
    return {"command": command, "args": arguments, "env": {name: value}}


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda snippet: snippet.client)
async def test_the_command_of_each_snippet_starts_the_server(
    snippet: Snippet, emulator: Emulator
) -> None:
    server = server_of(snippet)
    # As a host has it on its PATH, once the package is installed.
    command = shutil.which(str(server["command"]), path=str(Path(sys.executable).parent))
    assert command
    given = server["env"][VARIABLE].replace(ENDPOINT, emulator.endpoint)
    environment = {VARIABLE: given.replace("${input:endpoint}", emulator.endpoint)}
    parameters = StdioServerParameters(
        command=command, args=server.get("args", []), env=environment
    )

    with anyio.fail_after(30):
        async with Client(parameters) as client:
            asked = await client.call_tool(
                "ask_agent", {"message": "[say Good day]", "agent": "helper"}
            )

    assert asked.structured_content
    assert asked.structured_content["text"] == "Good day"


@pytest.mark.parametrize("snippet", [s for s in SNIPPETS if s.button], ids=lambda s: s.client)
def test_a_button_installs_what_the_snippet_says(snippet: Snippet) -> None:
    link = urlsplit(snippet.button)
    asked = {name: values[0] for name, values in parse_qs(link.query).items()}
    packed = asked["config"]
    server = json.loads(packed if packed.startswith("{") else b64decode(packed))

    assert link.scheme == "https", "a README drops links of any other scheme"
    assert asked["name"] == "foundry"
    assert server == server_of(snippet)
    if "inputs" in asked:
        assert json.loads(asked["inputs"]) == json.loads(snippet.text)["inputs"]
