"""Pydantic AI: its MCP toolset, and an agent whose scripted model calls tools."""
# Its client is installed where it runs, and not here.
# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false

from __future__ import annotations

import json
import sys

import anyio
from fastmcp.client.transports import StdioTransport
from pydantic_ai import Agent, ModelRetry
from pydantic_ai.mcp import MCPToolset
from pydantic_ai.messages import ModelResponse, TextPart, ToolCallPart, ToolReturnPart
from pydantic_ai.models.function import FunctionModel


def scripted(messages, info):  # noqa: ANN001, ANN201, ARG001 - the interface's
    """Call ask_agent with what was asked, and then say what came back."""
    last = messages[-1].parts[-1]
    if isinstance(last, ToolReturnPart):
        return ModelResponse([TextPart(last.model_response_str())])
    return ModelResponse([ToolCallPart("ask_agent", {"message": last.content})])


async def main(command: list[str]) -> None:
    seen: dict[str, object] = {}
    pieces: list[str] = []

    async def progress(_done: float, _total: float | None, message: str | None) -> None:
        pieces.append(message or "")

    toolset = MCPToolset(StdioTransport(command[0], command[1:]), progress_handler=progress)
    async with toolset:
        seen["tools"] = [tool.name for tool in await toolset.list_tools()]
        seen["structured"] = await toolset.direct_call_tool(
            "ask_agent", {"message": "[say Good day]"}
        )
        agent = Agent(FunctionModel(scripted), toolsets=[toolset])
        seen["answer"] = (await agent.run("[say Good day]")).output
        pieces.clear()
        streamed = await toolset.direct_call_tool("stream_agent", {"message": "[long 30]"})
        seen["streamed"] = streamed["text"]
        seen["progress"] = pieces
        try:
            await toolset.direct_call_tool("ask_agent", {"message": "Hi", "agent": "nobody"})
        except ModelRetry as error:
            seen["error"] = str(error)
    sys.stdout.write(json.dumps(seen))


anyio.run(main, sys.argv[1:])
