"""The baseline of a start: the SDK's own server, with one tool, over the SDK's own stdio."""

from __future__ import annotations

from mcp.server.mcpserver import MCPServer


async def echo(text: str) -> str:
    """Return the text."""
    return text


if __name__ == "__main__":
    server = MCPServer("bare")
    server.add_tool(echo)
    server.run("stdio")
