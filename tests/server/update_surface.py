"""Writes what a client sees of the tools: `python -m tests.server.update_surface`.

The file is committed, so that no change of the surface goes unseen.
"""

from __future__ import annotations

from json import dumps
from pathlib import Path
from typing import Any

import anyio
from mcp.client import Client

from mcp_foundry.server.app import create_server
from mcp_foundry.settings.values import Settings

SNAPSHOT = Path(__file__).with_name("tools.snap.json")
COMMAND = "python -m tests.server.update_surface"
# Nobody listens there: a list of tools asks the project nothing.
NOWHERE = "http://127.0.0.1:9/api/projects/nowhere"


async def surface(**settings: Any) -> dict[str, Any]:  # noqa: ANN401 - any setting
    """The instructions and the tools, as they go over the wire."""
    server = create_server(Settings(endpoint=NOWHERE, agent="helper", **settings))
    async with Client(server, mode="legacy") as client:
        listed = await client.list_tools()
        tools = [
            tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in listed.tools
        ]
        return {"instructions": client.instructions, "tools": tools}


def as_text(shown: dict[str, Any]) -> str:
    """The text of the snapshot."""
    return dumps(shown, indent=2, ensure_ascii=False) + "\n"


async def main() -> None:
    """Write the snapshot."""
    await anyio.Path(SNAPSHOT).write_text(as_text(await surface()), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    anyio.run(main)
