"""The user's cache folder, for agents with a tool of their own."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where definitions are kept: a folder that is not there yet.

    A first listing waits five seconds for them, which the import of the SDKs alone may take on a
    busy machine.
    """
    for sdk in ("azure.ai.projects.aio", "azure.ai.agents.aio"):
        import_module(sdk)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "mcp-foundry"
