"""Asking an agent of the classic generation through AgentsClient."""

from collections.abc import AsyncIterator
from typing import Any

from azure.ai.agents.aio import AgentsClient
from azure.ai.agents.models import (
    ListSortOrder,
    MessageRole,
    ThreadMessage,
    ThreadRun,
)

from mcp_foundry.emulator import CLASSIC_AGENT
from tests.rigs.frames import Frame, frames


async def process(agents: AgentsClient, thread_id: str) -> ThreadRun:
    interval: Any = 0.01  # annotated as whole seconds, taken as any number
    return await agents.runs.create_and_process(
        thread_id=thread_id, agent_id=CLASSIC_AGENT, polling_interval=interval
    )


def http_response(pipeline: Any, *_: object) -> Any:  # noqa: ANN401 - the SDK's untyped `cls` hook
    """Let an operation answer with the open HTTP response."""
    return pipeline.http_response


async def ask(agents: AgentsClient, message: str) -> tuple[ThreadRun, list[ThreadMessage]]:
    """Ask on a new thread, poll, and read the run's messages, oldest first."""
    thread = await agents.threads.create()
    await agents.messages.create(thread.id, role=MessageRole.USER, content=message)
    run = await process(agents, thread.id)
    listed = agents.messages.list(thread.id, run_id=run.id, order=ListSortOrder.ASCENDING)
    return run, [message async for message in listed]


async def stream(agents: AgentsClient, message: str) -> list[Frame]:
    """The events of one streamed run on a new thread."""
    body: Any = {
        "assistant_id": CLASSIC_AGENT,
        "stream": True,
        "thread": {"messages": [{"role": "user", "content": message}]},
    }
    chunks: Any = await agents.create_thread_and_run(body, stream=True)
    return frames(await join(chunks))


async def join(chunks: AsyncIterator[bytes]) -> bytes:
    return b"".join([chunk async for chunk in chunks])


def names(events: list[Frame]) -> list[str]:
    """The names of events, repeated ones once."""
    listed = [name for name, _ in events]
    return [name for at, name in enumerate(listed) if at == 0 or listed[at - 1] != name]


async def submit(agents: AgentsClient, run: dict[str, Any], **given: object) -> list[Frame]:
    body: Any = {"stream": True, **given}
    http: Any = await agents.runs.submit_tool_outputs(
        run["thread_id"],
        run["id"],
        body,
        stream=True,
        cls=http_response,
    )
    return frames(await join(http.iter_bytes()))
