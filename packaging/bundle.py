"""Lay out the MCPB bundle: `python packaging/bundle.py FOLDER`, then `mcpb pack FOLDER`.

The bundle holds the sources; the host's uv installs what they need, because compiled packages
(pydantic, aiohttp) cannot be carried along for every platform.
"""  # noqa: INP001 - a script

from __future__ import annotations

import shutil
import sys
from pathlib import Path

PROJECT = Path(__file__).parent.parent


def lay_out(folder: Path) -> None:
    """Copy what the bundle holds into `folder`, which must not exist."""
    package = "mcp_foundry"
    without = shutil.ignore_patterns("__pycache__")
    shutil.copytree(PROJECT / package, folder / package, ignore=without)
    for name in ("pyproject.toml", "README.md", "LICENSE", "packaging/mcpb/manifest.json"):
        shutil.copy(PROJECT / name, folder)


if __name__ == "__main__":
    lay_out(Path(sys.argv[1]))
