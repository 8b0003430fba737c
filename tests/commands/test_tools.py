"""`mcp-foundry tools` and `call TOOL --help`: what there is to call, without a project."""

from __future__ import annotations

import json
import re
import shlex
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from mcp_foundry.cli import main
from mcp_foundry.commands.arguments import example, tool_arguments
from mcp_foundry.server.tools.registry import TOOLS
from tests.rigs.command_line import clean_environment

__all__ = ["clean_environment"]

pytestmark = pytest.mark.usefixtures("clean_environment")
NAMES = [tool.function.__name__ for tool in TOOLS]
# They need an answer that was handed back, which an emulator that begins anew has not.
UNFINISHED = {"get_answer", "cancel_answer"}


def test_every_tool_is_listed_with_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tools"]) == 0
    told = capsys.readouterr().out
    assert all(re.search(rf"^{name} +[A-Z]", told, re.MULTILINE) for name in NAMES)
    assert max(map(len, told.splitlines())) < 80


def test_their_schemas_are_those_that_a_client_sees(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tools", "--json", "--read-only"]) == 0
    tools = {tool["name"]: tool for tool in json.loads(capsys.readouterr().out)["tools"]}
    assert "create_agent_version" not in tools
    assert tools["get_answer"]["inputSchema"]["required"] == ["answer_id"]
    assert "status" in tools["ask_agent"]["outputSchema"]["properties"]


def test_an_agent_with_a_tool_of_its_own_is_among_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tools", "--agent-tools", "helper"]) == 0  # none can be told without a project
    assert "ask_helper" not in capsys.readouterr().out
    assert main(["tools", "--agent-tools", "helper", "--emulator"]) == 0
    assert "ask_helper" in capsys.readouterr().out


@pytest.mark.parametrize("name", NAMES)
def test_the_help_of_a_tool_tells_each_argument_and_an_example_that_works(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["call", name, "--help"]) == 0
    told = capsys.readouterr().out
    main(["tools", "--json"])
    tools = {tool["name"]: tool for tool in json.loads(capsys.readouterr().out)["tools"]}
    properties = tools[name]["inputSchema"]["properties"]
    lines = {line.split()[0] for line in told.splitlines() if re.match(r"  \w", line)}
    assert properties.keys() <= lines
    typed = shlex.split(told.partition("For example:\n")[2].splitlines()[0])
    assert ("--emulator" in typed) == (name not in UNFINISHED)
    assert name in UNFINISHED or main(typed[1:]) == 0


def test_the_example_of_each_argument_is_one_that_its_tool_takes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["tools", "--json"]) == 0
    for tool in json.loads(capsys.readouterr().out)["tools"]:
        schema = tool["inputSchema"]
        examples = (f"{name}={example(name, each)}" for name, each in schema["properties"].items())
        given = tool_arguments(tool["name"], schema, list(shlex.split(" ".join(examples))))
        checked: Any = Draft202012Validator(schema)
        checked.validate(given)


def test_the_help_tells_types_bounds_defaults_and_what_is_required(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["call", "search_memory", "-h"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "query text; required" in told
    assert "limit integer; at least 1; at most 100; default 10" in told


def test_the_help_of_a_tool_that_is_not_there_names_those_that_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["call", "ask", "--help"]) == 2
    assert "there is no tool 'ask'. The tools are: ask_agent," in capsys.readouterr().err
