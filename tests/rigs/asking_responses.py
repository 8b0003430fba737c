"""Asking an agent of the new generation through the OpenAI client."""

from openai import AsyncOpenAI
from openai.types.responses import Response

HELPER = {"agent_reference": {"type": "agent_reference", "name": "helper"}}
RESEARCHER = {"agent_reference": {"type": "agent_reference", "name": "researcher", "version": "1"}}


async def stream(client: AsyncOpenAI, message: str) -> tuple[list[str], Response]:
    """The names of a stream's events, repeated ones once, and its last response."""
    names: list[str] = []
    events = await client.responses.create(input=message, stream=True, extra_body=HELPER)
    last: object = None
    async for event in events:
        last = event
        if not names or names[-1] != event.type:
            names.append(event.type)
    response = getattr(last, "response", None)
    assert isinstance(response, Response)
    return names, response


async def begin(openai: AsyncOpenAI, message: str = "[say Hello] [slow 60]") -> str:
    """The id of a background response whose stream its client has left."""
    events = await openai.responses.create(
        input=message, stream=True, background=True, extra_body=HELPER
    )
    async for event in events:
        if event.type == "response.in_progress":
            await events.close()
            return event.response.id
    raise AssertionError("it never began")
