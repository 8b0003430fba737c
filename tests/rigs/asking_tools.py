"""The model of a project, asked with tools by a program that has no agent."""

from typing import Any

from openai import AsyncOpenAI
from openai.types.responses import Response

from mcp_foundry.emulator import DEFAULT_MODEL

MCP: dict[str, Any] = {
    "type": "mcp",
    "server_label": "docs",
    "server_url": "https://docs.example.com/mcp",
}


async def ask(
    openai: AsyncOpenAI,
    message: object,
    *tools: dict[str, Any],
    **further: Any,  # noqa: ANN401 - what the SDK takes, which checks it
) -> Response:
    """Ask the model with these tools, as a program without an agent does."""
    create: Any = openai.responses.create
    answer: Response = await create(
        model=DEFAULT_MODEL, input=message, tools=list(tools), **further
    )
    return answer


def kinds(response: Response) -> list[str]:
    return [item.type for item in response.output]
