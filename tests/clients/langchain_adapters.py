"""The adapters that turn MCP tools into LangChain's."""
# Its client is installed where it runs, and not here.
# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false

from __future__ import annotations

import json
import sys

import anyio
from langchain_mcp_adapters.callbacks import CallbackContext, Callbacks
from langchain_mcp_adapters.client import MultiServerMCPClient
from langchain_mcp_adapters.tools import load_mcp_tools


def call(**arguments: str) -> dict[str, object]:
    """Return a tool call as a model makes it."""
    return {"type": "tool_call", "id": "call_1", "name": "called", "args": arguments}


async def main(command: list[str]) -> None:
    seen: dict[str, object] = {}
    pieces: list[str] = []

    async def progress(
        _done: float, _total: float | None, message: str | None, _context: CallbackContext
    ) -> None:
        pieces.append(message or "")

    server = {"transport": "stdio", "command": command[0], "args": command[1:]}
    callbacks = Callbacks(on_progress=progress)
    client = MultiServerMCPClient({"foundry": server})
    async with client.session("foundry") as session:
        listed = await load_mcp_tools(session, callbacks=callbacks, handle_tool_errors=True)
        tools = {tool.name: tool for tool in listed}
        seen["tools"] = list(tools)
        asked = await tools["ask_agent"].ainvoke(call(message="[say Good day]"))
        seen["answer"] = asked.content[0]["text"]
        seen["structured"] = asked.artifact["structured_content"]
        pieces.clear()
        streamed = await tools["stream_agent"].ainvoke(call(message="[long 30]"))
        seen["streamed"] = streamed.artifact["structured_content"]["text"]
        seen["progress"] = pieces
        failed = await tools["ask_agent"].ainvoke(call(message="Hi", agent="nobody"))
        assert failed.status == "error"
        seen["error"] = failed.content[0]["text"]
    sys.stdout.write(json.dumps(seen))


anyio.run(main, sys.argv[1:])
