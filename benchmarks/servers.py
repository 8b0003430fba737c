"""MCP servers over stdio, spoken to in plain JSON lines: no client's own cost is measured."""

from __future__ import annotations

import time
from typing import NamedTuple

from benchmarks.processes import Json, LineProcess, as_line

LEGACY, MODERN = "2025-11-25", "2026-07-28"
_CLIENT = {"name": "benchmarks", "version": "1"}
ENVELOPE: Json = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientInfo": _CLIENT,
    "io.modelcontextprotocol/clientCapabilities": {},
}


class Called(NamedTuple):
    """What a tool call brought: its result, when it came and when its first progress came."""

    result: Json
    seconds: float
    first: float


class McpServer(LineProcess):
    """A server that has shaken hands in one of the two eras."""

    def __init__(self, *words: str, era: str = LEGACY, **environment: str) -> None:
        super().__init__(*words, **environment)
        self._era = era
        self._count = 0
        if era == LEGACY:
            hello = {"protocolVersion": era, "capabilities": {}, "clientInfo": _CLIENT}
            self.request("initialize", **hello)
            self.send({"jsonrpc": "2.0", "method": "notifications/initialized"})
        else:
            self.request("server/discover")

    def request(self, method: str, /, **params: object) -> Json:
        """Return what the server answers to a request."""
        self.write(self._asked(method, params, {}))
        while "id" not in (message := self.message()):
            pass
        return message["result"]

    def call(self, tool: str, /, **arguments: object) -> Called:
        """Call a tool that asks for progress."""
        params: Json = {"name": tool, "arguments": arguments}
        line = self._asked("tools/call", params, {"progressToken": "p"})
        begun = time.perf_counter()
        first = 0.0
        self.write(line)
        while "id" not in (message := self.message()):
            first = first or time.perf_counter() - begun
        called = Called(message["result"], time.perf_counter() - begun, first)
        if called.result.get("isError"):
            raise AssertionError(called.result)
        return called

    def _asked(self, method: str, params: Json, meta: Json) -> bytes:
        self._count += 1
        if self._era == MODERN:
            meta = ENVELOPE | meta
        if meta:
            params = params | {"_meta": meta}
        message = {"jsonrpc": "2.0", "id": self._count, "method": method, "params": params}
        return as_line(message)


def bare(era: str = LEGACY) -> McpServer:
    """Return the baseline: a bare server of the same SDK."""
    return McpServer("-m", "benchmarks.bare_server", era=era)


def ours(endpoint: str, era: str = LEGACY, **environment: str) -> McpServer:
    """Return ours, for the project at `endpoint`."""
    return McpServer("-m", "mcp_foundry", era=era, FOUNDRY_PROJECT_ENDPOINT=endpoint, **environment)
