"""`--emulator`, as who tries this first meets it: what it forgets, and that its remedy is one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from mcp.client import Client

from mcp_foundry.cli import main
from mcp_foundry.commands.emulate import project
from mcp_foundry.commands.results import text_of
from mcp_foundry.server.app import create_server
from mcp_foundry.settings.values import Settings
from tests.rigs.calling import answered
from tests.rigs.command_line import clean_environment, start

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["clean_environment"]


@pytest.mark.usefixtures("clean_environment")
def test_the_first_follow_up_fails_and_says_how_it_would_not(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["call", "ask_agent", "message=Hi", "--emulator"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert "Ids of --emulator end" in answer["next"]
    place = f"conversation_id={answer['conversation_id']}"
    assert main(["call", "ask_agent", "message=Who am I?", place, "--emulator"]) == 1
    assert "leave `mcp-foundry emulator --data FILE` running" in capsys.readouterr().err


@pytest.mark.usefixtures("clean_environment")
def test_what_a_seed_names_first_is_the_default(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "seed.json"
    agents = [{"name": name, "versions": [{"instructions": "Sort."}]} for name in ("triage", "b")]
    file.write_text(json.dumps({"agents": agents, "memory_stores": [{"name": "notes"}]}))
    assert main(["check", "--emulator", "--seed", str(file)]) == 0
    told = capsys.readouterr().out
    assert "default agent: triage\n" in told
    assert "memory store: notes\n" in told


@pytest.mark.anyio
async def test_nothing_is_to_be_typed_of_what_has_ended() -> None:
    asked = {"message": "[call get_weather {}]"}
    async with project(Settings(), {}) as settings, Client(create_server(settings)) as client:
        said = text_of(await client.call_tool("ask_agent", asked), ["--emulator"]).split("\n\n")
    assert said[-2].startswith(
        "The agent waits for the output of get_weather({}). Ids of --emulator end "
    )


@pytest.mark.anyio
async def test_what_it_says_to_do_keeps_ids(tmp_path: Path) -> None:
    async with await start("emulator", "--data", str(tmp_path / "project.db")) as process:
        assert process.stdout is not None
        endpoint = (await process.stdout.receive()).decode().strip()
        first = await asked(endpoint, message="My name is Ada")
        place = str(first["conversation_id"])
        then = await asked(endpoint, message="Who am I?", conversation_id=place)
        process.terminate()
    assert "next" not in first
    assert "it began with “My name is Ada”" in str(then["text"])


async def asked(endpoint: str, **arguments: str) -> dict[str, Any]:
    """What the agent answers a client of its own."""
    settings = Settings(endpoint=endpoint, agent="helper")
    async with Client(create_server(settings)) as client:
        return await answered(client, "ask_agent", **arguments)
