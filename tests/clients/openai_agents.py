"""The OpenAI Agents SDK: its MCPServerStdio, and an agent whose scripted model calls a tool."""
# Its client is installed where it runs, and not here.
# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false

from __future__ import annotations

import json
import sys

import anyio
from agents import Agent, ModelResponse, Runner, Usage, set_tracing_disabled
from agents.mcp import MCPServerStdio
from agents.models.interface import Model
from openai.types.responses import (
    ResponseFunctionToolCall,
    ResponseOutputMessage,
    ResponseOutputText,
)


class ScriptedModel(Model):
    """Calls ask_agent with what it is asked, and then says what came back."""

    async def get_response(self, system_instructions, input, *rest, **options):  # noqa: A002, ANN001, ANN002, ANN003, ANN201, ARG002 - the interface's
        if isinstance(input, str) or len(input) == 1:
            message = input if isinstance(input, str) else input[0]["content"]
            call = ResponseFunctionToolCall(
                type="function_call",
                call_id="call_1",
                name="ask_agent",
                arguments=json.dumps({"message": message}),
            )
            return ModelResponse([call], Usage(), None)
        text = ResponseOutputText(
            type="output_text", text=json.dumps(input[-1]["output"]), annotations=[]
        )
        said = ResponseOutputMessage(
            id="msg_1", type="message", role="assistant", status="completed", content=[text]
        )
        return ModelResponse([said], Usage(), None)

    def stream_response(self, *_rest, **_options):  # noqa: ANN002, ANN003, ANN201 - the interface's
        raise NotImplementedError


async def main(command: list[str]) -> None:
    seen: dict[str, object] = {}
    set_tracing_disabled(disabled=True)
    # Its own bound on a call is five seconds, which is less than most agents take.
    parameters = {"command": command[0], "args": command[1:]}
    async with MCPServerStdio(parameters, client_session_timeout_seconds=60) as server:
        seen["tools"] = [tool.name for tool in await server.list_tools()]
        asked = await server.call_tool("ask_agent", {"message": "[say Good day]"})
        seen["structured"] = asked.model_dump(by_alias=True)["structuredContent"]
        agent = Agent("Scripted", model=ScriptedModel(), mcp_servers=[server])
        seen["answer"] = (await Runner.run(agent, "[say Good day]")).final_output
        streamed = await server.call_tool("stream_agent", {"message": "[long 30]"})
        seen["streamed"] = streamed.model_dump(by_alias=True)["structuredContent"]["text"]
        failed = await server.call_tool("ask_agent", {"message": "Hi", "agent": "nobody"})
        seen["error"] = failed.content[0].text
    sys.stdout.write(json.dumps(seen))


anyio.run(main, sys.argv[1:])
