"""Replies to what a background response asks of its caller: point 7."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from mcp_foundry.commands.probing.asked import approving, calling
from mcp_foundry.commands.probing.findings import REPLIES
from mcp_foundry.commands.probing.requests import passes
from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.contract.json import Json, object_in, objects_in, text_in

if TYPE_CHECKING:
    from mcp_foundry.commands.probing.findings import Finding
    from mcp_foundry.commands.probing.requests import Route

_OUTPUT = "42"
_FUNCTION_QUESTIONS, _APPROVAL_QUESTIONS = 4, 2


@dataclass(frozen=True)
class Tools:
    """What of an agent's tools takes replies.

    Attributes:
        function: The name of a function; empty where it has none.
        server: The label of an MCP server that asks for approval; empty likewise.
        tool: The name of a tool of it, if one is known.
    """

    function: str = ""
    server: str = ""
    tool: str = ""

    @property
    def questions(self) -> int:
        """How many questions it takes to try them."""
        functions = _FUNCTION_QUESTIONS if self.function else 0
        return functions + (_APPROVAL_QUESTIONS if self.server else 0)

    @classmethod
    def of(cls, definition: Json) -> Tools:
        """Return those of an agent's definition."""
        tools = objects_in(definition.get("tools"))
        functions = (text_in(t.get("name")) for t in tools if t.get("type") == "function")
        asking = (tool for tool in tools if tool.get("type") == "mcp" and _asks(tool))
        nothing: Json = {}
        server = next(asking, nothing)
        label = text_in(server.get("server_label"))
        return cls(next(functions, ""), label, _tool_that_asks(server))


def _asks(tool: Json) -> bool:
    # Without a word, or with a list of the tools that do, a server asks.
    said = tool.get("require_approval")
    return said != "never" and set(object_in(said)) != {"never"}


def _tool_that_asks(server: Json) -> str:
    always = object_in(object_in(server.get("require_approval")).get("always"))
    for named in (always.get("tool_names"), server.get("allowed_tools")):
        listed = object_in(named).get("tool_names", named)
        if isinstance(listed, list) and listed:
            return text_in(cast("list[object]", listed)[0])
    return ""


@dataclass(frozen=True)
class _Tried:
    """One reply: what it was to, and what came; `taken` is None where none could be sent."""

    what: str
    came: str
    taken: bool | None


async def reply(route: Route, tools: Tools) -> Finding:
    """Send the output of a function, by both ways, and deny an approval."""
    tried = [
        *(await _call(route, tools) if tools.function else ()),
        *((await _deny(route, tools),) if tools.server else ()),
    ]
    missing = [
        name
        for name, there in (("a function", tools.function), ("an approval", tools.server))
        if not there
    ]
    hint = f"{' and '.join(missing)}: not tried, for the agent has no tool for it" * bool(missing)
    said = [f"{each.what}: {each.came}" for each in tried] + [hint] * bool(hint)
    came = "; ".join(said)
    if all(each.taken is None for each in tried):
        return REPLIES.untried(came, "name an agent with a function, or an MCP tool to approve")
    if route.foreground:
        came += f" (asked in the foreground: {route.foreground})"
    follows = _consequence(tried)
    return REPLIES.found(not follows, came, follows)


def _consequence(tried: list[_Tried]) -> str:
    refused = [each.what for each in tried if each.taken is False]
    if not refused:
        return ""
    if refused == [_BY_RESPONSE] and any(t.what == _BY_CONVERSATION and t.taken for t in tried):
        return (
            "replies to a background response are refused: use conversation_id=new, or set "
            "MCP_FOUNDRY_BACKGROUND=off"
        )
    return f"refused: {', '.join(refused)}. Try MCP_FOUNDRY_BACKGROUND=off with this agent"


_BY_RESPONSE = "output by previous_response_id"
_BY_CONVERSATION = "output by conversation"
_DENIAL = "denial by previous_response_id"


async def _call(route: Route, tools: Tools) -> list[_Tried]:
    question = calling(tools.function)
    conversation = await route.converse()
    tried: list[_Tried] = []
    for what, place in ((_BY_RESPONSE, ""), (_BY_CONVERSATION, conversation)):
        asked = await route.ask(question, **_in(place))
        call = asked.item("function_call")
        output = {"type": "function_call_output", "output": _OUTPUT}
        output["call_id"] = text_in(call.get("call_id"))
        tried.append(await _send(route, what, output if call else None, place, asked.id))
    return tried


def _in(conversation: str) -> dict[str, Any]:
    return {"conversation": conversation} if conversation else {}


async def _deny(route: Route, tools: Tools) -> _Tried:
    asked = await route.ask(approving(tools.server, tools.tool))
    request = asked.item("mcp_approval_request")
    # A denial, so that nothing is done.
    denial: Json = {"type": "mcp_approval_response", "approve": False}
    denial["approval_request_id"] = text_in(request.get("id"))
    return await _send(route, _DENIAL, denial if request else None, "", asked.id)


async def _send(route: Route, what: str, item: Json | None, place: str, asked: str) -> _Tried:
    if item is None:
        return _Tried(what, "not tried, for the agent answered without asking for it", None)
    try:
        heard = await route.ask([item], **(_in(place) or {"previous_response_id": asked}))
    except FoundryError as failure:
        if failure.status is None or passes(failure):
            raise
        return _Tried(what, route.told(failure), False)
    why = f" {route.blank(heard.error)}" if heard.error else ""
    return _Tried(what, f"{route.blank(heard.status)}{why}", heard.status == "completed")
