"""The official Python SDK before its second version, with which most hosts were built."""
# Its client is installed where it runs, and not here.
# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false

from __future__ import annotations

import json
import sys

import anyio
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client


async def main(command: list[str]) -> None:
    seen: dict[str, object] = {}
    pieces: list[str] = []

    async def tell(progress: float, total: float | None, message: str | None) -> None:  # noqa: ARG001 - the SDK's names
        pieces.append(message or "")

    server = StdioServerParameters(command=command[0], args=command[1:])
    async with stdio_client(server) as streams, ClientSession(*streams) as session:
        await session.initialize()
        seen["tools"] = [tool.name for tool in (await session.list_tools()).tools]
        asked = await session.call_tool("ask_agent", {"message": "[say Good day]"})
        seen["answer"] = asked.content[0].text
        seen["structured"] = asked.structuredContent
        streamed = await session.call_tool(
            "stream_agent", {"message": "[long 30]"}, progress_callback=tell
        )
        seen["streamed"] = streamed.structuredContent["text"]
        seen["progress"] = pieces
        failed = await session.call_tool("ask_agent", {"message": "Hi", "agent": "nobody"})
        assert failed.isError
        seen["error"] = failed.content[0].text
    sys.stdout.write(json.dumps(seen))


anyio.run(main, sys.argv[1:])
