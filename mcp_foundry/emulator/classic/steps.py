"""Tool calls in run steps: their deltas, their final shape, and what is asked of the caller."""

from collections.abc import Iterator

from mcp_foundry.emulator.model.acts import CallFunction, RunCode, Search, SearchFiles, UseTool
from mcp_foundry.emulator.wire.values import Json, as_object, new_id


class Call:
    """One tool call of a step.

    Args:
        body: The call as the finished step shows it.
        updates: The deltas after the first one, without index and type.
        first: The call as its first delta shows it.
    """

    def __init__(self, body: Json, first: Json, updates: list[Json]) -> None:
        self.body = body
        self.id: str = body["id"]
        self._first = first
        self._updates = updates

    @property
    def needs_approval(self) -> bool:
        """Whether the caller approves it, rather than carry it out."""
        return self.body["type"] == "mcp"

    def deltas(self, index: int) -> Iterator[Json]:
        """The call as it grows."""
        yield {"index": index, **self._first}
        for update in self._updates:
            yield {"index": index, "type": self.body["type"], **update}

    def request(self) -> Json:
        """The call as `required_action` shows it."""
        shown = {key: value for key, value in self.body.items() if key != "output"}
        if "function" in shown:
            function = as_object(shown["function"])
            shown["function"] = {key: function[key] for key in ("name", "arguments")}
        return shown

    def finish(self, output: str | None) -> None:
        """Note what the caller gave for it."""
        if "function" in self.body:
            self.body["function"]["output"] = output


def function_call(act: CallFunction) -> Call:
    """A call of the caller's function."""
    shown = {"id": new_id("call"), "type": "function"}
    function = {"name": act.name, "arguments": act.arguments, "output": None}
    first: Json = {**shown, "function": {**function, "arguments": ""}}
    updates: list[Json] = [{"function": {"arguments": act.arguments}}]
    return Call({**shown, "function": function}, first, updates)


def mcp_call(server: str, tool: str, arguments: str, output: str | None) -> Call:
    """A call of an MCP tool; without an output it waits for approval."""
    body: Json = {"id": new_id("call"), "type": "mcp", "arguments": arguments}
    body.update({"name": tool, "server_label": server, "output": output})
    return Call(body, body, [])


def search_call(act: Search) -> Call:
    """A search with Bing."""
    shown = {"id": new_id("call"), "type": "bing_grounding"}
    url = f"https://api.bing.microsoft.com/v7.0/search?q={act.query}"
    about = "{'market': 'en-US', 'num_docs_retrieved': 5, 'num_docs_actually_used': 5}"
    body: Json = {**shown, "bing_grounding": {"requesturl": url, "response_metadata": about}}
    first: Json = {**shown, "bing_grounding": {"requesturl": "", "response_metadata": None}}
    updates: list[Json] = [
        {"bing_grounding": {"requesturl": url}},
        {"bing_grounding": {"response_metadata": about}},
    ]
    return Call(body, first, updates)


def files_call(act: SearchFiles) -> Call:
    """A search in vector stores.

    The passages are in the results whether or not the caller asks for them by `include[]`.
    """
    found = [
        {
            "file_id": hit.file_id,
            "file_name": hit.filename,
            "score": hit.score,
            "content": [{"type": "text", "text": hit.text}],
        }
        for hit in act.found
    ]
    ranked = {"ranker": "default_2024_08_21", "score_threshold": 0.0}
    done: Json = {"ranking_options": ranked, "results": found}
    first: Json = {"id": new_id("call"), "type": "file_search", "file_search": {}}
    return Call({**first, "file_search": done}, first, [{"file_search": done}])


def service_call(act: UseTool) -> Call:
    """A call of another tool of the service; what it was asked and answered, as text."""
    done = {"name": act.name, "arguments": act.arguments, "input": act.arguments}
    body: Json = {"id": new_id("call"), "type": act.kind, act.kind: {**done, "output": act.output}}
    return Call(body, body, [])


def code_call(act: RunCode) -> Call:
    """A run of the code interpreter."""
    shown = {"id": new_id("call"), "type": "code_interpreter"}
    logs = [{"type": "logs", "logs": act.output}]
    body: Json = {**shown, "code_interpreter": {"input": act.code, "outputs": logs}}
    first: Json = {**shown, "code_interpreter": {"input": "", "outputs": []}}
    updates: list[Json] = [
        {"code_interpreter": {"input": act.code}},
        {"code_interpreter": {"outputs": [{"index": 0, **logs[0]}]}},
    ]
    return Call(body, first, updates)
