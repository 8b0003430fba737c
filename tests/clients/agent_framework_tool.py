"""Microsoft's Agent Framework: its MCPStdioTool."""
# Its client is installed where it runs, and not here.
# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false

from __future__ import annotations

import json
import sys

import anyio
from agent_framework import MCPStdioTool
from agent_framework.exceptions import ToolExecutionException


async def main(command: list[str]) -> None:
    seen: dict[str, object] = {}
    async with MCPStdioTool("foundry", command[0], args=command[1:]) as tool:
        seen["tools"] = [function.name for function in tool.functions]
        asked = await tool.call_tool("ask_agent", message="[say Good day]")
        # What its model is given, is the structured result where there is one.
        seen["structured"] = json.loads(asked[0].text)
        seen["answer"] = seen["structured"]["text"]
        streamed = await tool.call_tool("stream_agent", message="[long 30]")
        seen["streamed"] = json.loads(streamed[0].text)["text"]
        try:
            await tool.call_tool("ask_agent", message="Hi", agent="nobody")
        except ToolExecutionException as error:
            seen["error"] = str(error)
    sys.stdout.write(json.dumps(seen))


anyio.run(main, sys.argv[1:])
