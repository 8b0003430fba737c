"""Claude Code, driven by a scripted model: what the model sees of what an agent made."""

from __future__ import annotations

import json
import sys
from base64 import b64decode
from typing import TYPE_CHECKING, Any

import pytest

from tests.rigs.messages_api import MessagesApi, messages_api

if TYPE_CHECKING:
    from pathlib import Path

    from tests.rigs.npm import Npm

pytestmark = [
    pytest.mark.clients,
    pytest.mark.timeout(400),
    pytest.mark.skipif(sys.platform == "win32", reason="homes are elsewhere there"),
]
ASK = "mcp__foundry__ask_agent"


def test_claude_code_shows_its_model_the_picture_and_saves_the_chart(
    hosts: Npm, tmp_path: Path
) -> None:
    (program,) = hosts.modules.glob("@anthropic-ai/claude-code-*/claude")
    home, saved = tmp_path / "home", tmp_path / "saved"
    home.mkdir()
    saved.mkdir()
    words = ["--emulator", "--save", str(saved)]
    server = {"command": sys.executable, "args": ["-m", "mcp_foundry", *words]}
    configuration = json.dumps({"mcpServers": {"foundry": server}})
    api = MessagesApi(
        [(ASK, {"message": "[draw a lighthouse]"}), (ASK, {"message": "[file chart.png] Chart"})]
    )
    with messages_api(api) as address:
        env = {
            "HOME": str(home),
            "PATH": hosts.path,
            "ANTHROPIC_BASE_URL": address,
            "ANTHROPIC_API_KEY": "scripted",
            "DISABLE_AUTOUPDATER": "1",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        }
        ended = hosts.run(
            program.relative_to(hosts.modules).as_posix(),
            *("-p", "Draw, then chart.", "--mcp-config", configuration, "--strict-mcp-config"),
            *("--allowedTools", ASK),
            env=env,
            cwd=home,
        )
    assert ended.returncode == 0, ended.stdout + ended.stderr

    drawn, charted = api.results
    assert picture_in(drawn).startswith((b"\x89PNG", b"\xff\xd8\xff"))
    assert picture_in(charted).startswith((b"\x89PNG", b"\xff\xd8\xff"))
    assert (saved / "chart.png").read_bytes().startswith(b"\x89PNG")
    assert str(saved / "chart.png") in json.dumps(charted)


def picture_in(result: Any) -> bytes:  # noqa: ANN401 - what a host makes of a result
    """The bytes of the image block that a tool result has."""
    images = [block for block in result if block.get("type") == "image"]
    assert images, f"no picture in {json.dumps(result)[:500]}"
    return b64decode(images[0]["source"]["data"])
