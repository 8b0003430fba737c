"""The tools that a response uses by itself, each in the events of its kind."""

from base64 import b64encode

from mcp_foundry.emulator.faults.fault import Fault
from mcp_foundry.emulator.model.acts import (
    CallMcp,
    Draw,
    Hit,
    ListTools,
    Reason,
    RunCode,
    Say,
    Search,
    SearchFiles,
    UseTool,
)
from mcp_foundry.emulator.responses.shapes import tools_of
from mcp_foundry.emulator.responses.writing import WritingResponse
from mcp_foundry.emulator.runs.engine import Engine
from mcp_foundry.emulator.wire.values import Json, as_object, as_text, new_id


class UsingResponse(WritingResponse):
    """A response that uses the tools of the service.

    Args:
        body: The response as the service shows it.
        engine: The model, its pace, the books, the files.
        fault: What is to go wrong.
        include: What the request wants to see beside the usual.
    """

    def __init__(self, body: Json, engine: Engine, fault: Fault, include: frozenset[str]) -> None:
        super().__init__(body, engine, fault)
        self._include = include

    async def reason(self, act: Reason) -> None:
        """Stream the summary of a thought."""
        index, item = self.open("reasoning", "rs", summary=[])
        place: Json = {"item_id": item["id"], "output_index": index, "summary_index": 0}
        part = {"type": "summary_text", "text": ""}
        text = {**part, "text": act.summary}
        name = "response.reasoning_summary"
        self.emit(f"{name}_part.added", **place, part=part)
        self.emit(f"{name}_text.delta", **place, delta=act.summary, **self.padding(""))
        self.emit(f"{name}_text.done", **place, text=act.summary)
        self.emit(f"{name}_part.done", **place, part=text)
        self.close(index, item, summary=[text])

    async def search(self, act: Search) -> None:
        """Search the web."""
        action = {"type": "search", "query": act.query}
        index, item = self.open("web_search_call", "ws")
        self.progress("web_search_call", item, index, "in_progress", "searching", "completed")
        self.close(index, item, action=action)

    async def search_files(self, act: SearchFiles) -> None:
        """Search vector stores; what was found is shown where the request wants to see it."""
        kind = "file_search_call"
        index, item = self.open(kind, "fs", queries=[], results=None)
        self.progress(kind, item, index, "in_progress", "searching", "completed")
        shown = "file_search_call.results" in self._include
        results = [_result(hit) for hit in act.found] if shown else None
        self.close(index, item, queries=[act.query], results=results)

    async def list_tools(self, act: ListTools) -> None:
        """Show the tools of an MCP server."""
        kind = "mcp_list_tools"
        index, item = self.open(kind, "mcpl", server_label=act.server, tools=[])
        self.progress(kind, item, index, "in_progress", "completed")
        self.close(index, item, tools=[{"annotations": None, **tool} for tool in act.tools])

    async def use_tool(self, act: UseTool) -> None:
        """Call a tool of the service: a call and its output, which nobody has recorded."""
        call_id, kind = new_id("call"), f"{act.kind}_call"
        named: Json = {"call_id": call_id, "name": act.name}
        index, item = self.open(kind, "call", **named, arguments="")
        self.close(index, item, arguments=act.arguments)
        index, item = self.open(f"{kind}_output", "out", **named, output=None)
        self.close(index, item, output=act.output)

    async def call_mcp(self, act: CallMcp) -> None:
        """Call an MCP tool."""
        called: Json = {"approval_request_id": act.approval_id or None, "error": None}
        called.update({"name": act.tool, "server_label": act.server, "output": None})
        index, item = self.open("mcp_call", "mcp", arguments="", **called)
        self.progress("mcp_call", item, index, "in_progress")
        self.arguments("mcp_call_arguments", item, index, act.arguments)
        self.progress("mcp_call", item, index, "completed")
        self.close(index, item, arguments=act.arguments, output=act.output)

    async def run_code(self, act: RunCode) -> None:
        """Run code; recorded: what came of it is not told."""
        self.engine.files.begin(self.container)
        self.interpret(act.code)

    async def draw(self, act: Draw) -> None:
        """Make a picture; recorded: a message without a word follows it."""
        tool = as_object(next(iter(tools_of(self.body, "image_generation")), None))
        kind, made = "image_generation_call", {"background": "opaque", "output_format": "png"}
        made |= {"action": "generate", "quality": as_text(tool.get("quality")) or "low"}
        made |= {"size": as_text(tool.get("size")) or "1024x1024", "revised_prompt": act.prompt}
        index, item = self.open(kind, "ig", **made, result=None)
        self.progress(kind, item, index, "in_progress", "generating", "completed")
        self.close(index, item, result=b64encode(act.data).decode())
        await self.say(Say(()))


def _result(hit: Hit) -> Json:
    shown = {"file_id": hit.file_id, "filename": hit.filename, "score": hit.score}
    return {"attributes": hit.attributes, **shown, "text": hit.text}
