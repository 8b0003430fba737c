"""The tools that a classic run uses by itself, each in a step of its kind."""

from mcp_foundry.emulator.classic.speaking import SpeakingRun
from mcp_foundry.emulator.classic.steps import (
    code_call,
    files_call,
    mcp_call,
    search_call,
    service_call,
)
from mcp_foundry.emulator.faults.fault import Fault
from mcp_foundry.emulator.model.acts import (
    CallMcp,
    Draw,
    ListTools,
    Reason,
    RunCode,
    Say,
    Search,
    SearchFiles,
    UseTool,
)
from mcp_foundry.emulator.runs.engine import Engine
from mcp_foundry.emulator.wire.values import Json, new_id


class UsingRun(SpeakingRun):
    """A classic run that uses the tools of the service.

    Args:
        body: The run as the service shows it.
        messages: The messages of its thread, oldest first.
        engine: The model, its pace, the books, the files.
        fault: What is to go wrong.
        input_tokens: What the input costs.
    """

    def __init__(
        self, body: Json, messages: list[Json], engine: Engine, fault: Fault, input_tokens: int
    ) -> None:
        super().__init__(body, messages, engine, fault, input_tokens)
        self.listed: set[str] = set()

    async def draw(self, act: Draw) -> None:
        """The classic generation has no image model: it says so in text."""
        await self.say(Say(["I have no tool", f" to draw {act.prompt or 'that'}."]))

    async def reason(self, act: Reason) -> None:
        """The classic generation shows no thought."""

    async def search(self, act: Search) -> None:
        """Search with Bing."""
        self.use(search_call(act))

    async def search_files(self, act: SearchFiles) -> None:
        """Search vector stores."""
        self.use(files_call(act))

    async def call_mcp(self, act: CallMcp) -> None:
        """Call an MCP tool."""
        self.use(mcp_call(act.server, act.tool, act.arguments, act.output))

    async def list_tools(self, act: ListTools) -> None:
        """Show the tools of an MCP server."""
        self.show_tools(act)

    def show_tools(self, act: ListTools) -> None:
        """Show them in a step of their own."""
        self.listed.add(act.server)
        tools: Json = {
            str(tool["name"]): {
                "description": tool["description"],
                "parameters": tool["input_schema"],
            }
            for tool in act.tools
        }
        self.open_step({"type": "activities", "activities": []})
        activity: Json = {"id": new_id("activity"), "type": "mcp_list_tools"}
        activity.update(server_label=act.server, tools=tools)
        self.steps[-1]["step_details"] = {"type": "activities", "activities": [activity]}
        self.close_step()

    async def run_code(self, act: RunCode) -> None:
        """Run code."""
        self.use(code_call(act))

    async def use_tool(self, act: UseTool) -> None:
        """Call a tool of the service."""
        self.use(search_call(Search(act.arguments)) if act.kind == BING else service_call(act))


BING = "bing_grounding"
