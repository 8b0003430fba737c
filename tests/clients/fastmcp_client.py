"""FastMCP's client."""
# Its client is installed where it runs, and not here.
# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false

from __future__ import annotations

import json
import sys

import anyio
from fastmcp import Client
from fastmcp.client.transports import StdioTransport
from fastmcp.exceptions import ToolError


async def main(command: list[str]) -> None:
    seen: dict[str, object] = {}
    pieces: list[str] = []

    async def progress(_done: float, _total: float | None, message: str | None) -> None:
        pieces.append(message or "")

    transport = StdioTransport(command[0], command[1:])
    async with Client(transport, progress_handler=progress) as client:
        seen["tools"] = [tool.name for tool in await client.list_tools()]
        asked = await client.call_tool("ask_agent", {"message": "[say Good day]"})
        seen["answer"] = asked.content[0].text
        seen["structured"] = asked.structured_content
        streamed = await client.call_tool("stream_agent", {"message": "[long 30]"})
        seen["streamed"] = streamed.structured_content["text"]
        seen["progress"] = pieces
        try:
            await client.call_tool("ask_agent", {"message": "Hi", "agent": "nobody"})
        except ToolError as error:
            seen["error"] = str(error)
    sys.stdout.write(json.dumps(seen))


anyio.run(main, sys.argv[1:])
