"""A probe of an emulator, in the test's own process."""

from __future__ import annotations

import json
import signal
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Literal

import pytest

from mcp_foundry.commands.probe import Probe
from mcp_foundry.commands.probing.blanks import Blanks
from mcp_foundry.commands.probing.requests import Route
from mcp_foundry.commands.probing.subject import Subject
from mcp_foundry.commands.probing.waiting import LOOPBACK
from mcp_foundry.project.session import open_session
from mcp_foundry.settings.values import Settings
from tests.rigs.command_line import Finished, end_of, start
from tests.rigs.sdk_clients import project_client

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from mcp_foundry.emulator import Emulator

AGENT = "acme-payroll"
FUNCTION = "raise_salary"
SERVER = "acme_ledger"
INTERRUPTIBLE = pytest.mark.skipif(sys.platform == "win32", reason="SIGINT cannot be sent there")


async def probed(
    emulator: Emulator, agent: str = "helper", route: Literal["auto", "agent"] = "auto"
) -> Finished:
    """What the command prints as JSON, without a process of its own for each oddity."""
    async with open_session(Settings(endpoint=emulator.endpoint, route=route)) as foundry:
        report = await Probe(agent, as_json=True, agreed=True).report(foundry)
    assert report is not None
    return Finished(report.code, json.dumps(report.as_json()), "")


@asynccontextmanager
async def way_to(
    emulator: Emulator, agent: str, route: Literal["auto", "agent"] = "auto"
) -> AsyncGenerator[tuple[Route, Subject]]:
    """The way to an agent, to try one point alone: then it is known which request comes next."""
    async with open_session(Settings(endpoint=emulator.endpoint, route=route)) as foundry:
        subject = await Subject.of(foundry, agent)
        place = subject.place(agent, route)
        yield Route(foundry, agent, place, Blanks(emulator.endpoint, [agent]), LOOPBACK), subject


async def interrupted(emulator: Emulator, agent: str, request: str) -> Finished:
    """What the command says once somebody presses Ctrl+C while that request is on its way."""
    words = ["probe", agent, "--yes", "--json"]
    async with await start(*words, FOUNDRY_PROJECT_ENDPOINT=emulator.endpoint) as process:
        await emulator.wait_for(
            lambda emulated: request in {f"{it.method} {it.path}" for it in emulated.received},
            timeout=30,
        )
        process.send_signal(signal.SIGINT)
        ended = await end_of(process)
    assert (ended.code, ended.stdout) == (130, "")
    return ended


def findings(done: Finished) -> dict[int, dict[str, Any]]:
    """What was found, by the number of its point."""
    found = {each["number"]: each for each in json.loads(done.stdout)["findings"]}
    assert list(found) == list(range(1, 14))
    return found


def differing(done: Finished) -> set[int]:
    return {number for number, each in findings(done).items() if each["verdict"] == "differs"}


async def add_agent_with_tools(emulator: Emulator) -> None:
    """An agent with a function, and with an MCP server that asks for approval."""
    tools: list[dict[str, Any]] = [
        {
            "type": "function",
            "name": FUNCTION,
            "description": "Raises a salary.",
            "parameters": {"type": "object", "properties": {}},
            "strict": False,
        },
        {
            "type": "mcp",
            "server_label": SERVER,
            "server_url": "https://mcp.acme.example/ledger",
            "require_approval": {"always": {"tool_names": ["post_entry"]}},
        },
    ]
    definition: Any = {"kind": "prompt", "model": "scripted-model", "tools": tools}
    async with project_client(emulator) as project:
        await project.agents.create_version(AGENT, definition=definition)
