"""The configurations of clients, in a user's folder of their own."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from mcp_foundry.commands.installing.places import Machine, configuration_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's folder in which no client was ever started."""
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))
    moved = ("XDG_CONFIG_HOME", "APPDATA", "LOCALAPPDATA", "CLAUDE_CONFIG_DIR", "CODEX_HOME")
    for name in (*moved, "COPILOT_HOME", "GEMINI_CLI_HOME", "AZURE_TENANT_ID"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def file_of(client: str, text: str | None = None) -> Path:
    """The client's configuration, with `text` in it."""
    path = configuration_of(client, Machine(sys.platform, os.environ))
    if text is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return path


def copies(path: Path) -> list[Path]:
    """The copies that were made of it."""
    return sorted(path.parent.glob(f"{path.name}.before-foundry*"))
