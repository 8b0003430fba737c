"""`mcp-foundry check` finds names that are not there, and says which are meant."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from mcp_foundry.cli import main
from mcp_foundry.commands.checking.names import Names, look_at
from mcp_foundry.project.session import open_session
from tests.rigs.command_line import clean_environment

if TYPE_CHECKING:
    from pathlib import Path

    from mcp_foundry.emulator import Emulator
    from mcp_foundry.settings.values import Settings

__all__ = ["clean_environment"]

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean_environment")]
EXAMPLE = "https://NAME.services.ai.azure.com/api/projects/PROJECT"


def checked(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, list[str]]:
    """The exit code and the lines of a check of the embedded emulator."""
    code = main(["check", "--emulator", *words])
    return code, capsys.readouterr().out.splitlines()


async def looked(settings: Settings, **changes: object) -> list[str]:
    """The lines on the names of a project that can be reached."""
    async with open_session(replace(settings, **changes)) as foundry:
        lines = await look_at(Names(foundry).of_project(), 2)
    return [str(line) for line in lines]


def test_names_that_are_there_have_a_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    agents = ["--agents", "helper,asst_helper,weather:1", "--agent-tools", "helper"]
    code, lines = checked(capsys, *agents, "--model", "gpt-4o", "--image-model", "gpt-4o")
    assert code == 0
    assert lines[3:] == [
        "ok    default agent: helper",
        "ok    allowed agent: asst_helper",
        "ok    allowed agent: helper",
        "ok    allowed agent: weather:1",
        "ok    agent with a tool: helper",
        "ok    model: gpt-4o",
        "ok    image model: gpt-4o",
        "ok    memory store: memories",
    ]


@pytest.mark.parametrize(
    ("flag", "wrong", "failing", "variable", "meant"),
    [
        ("--agents", "helper,researchr", "allowed agent", "MCP_FOUNDRY_AGENTS", "researcher"),
        ("--agent-tools", "weathr", "agent with a tool", "MCP_FOUNDRY_AGENT_TOOLS", "weather"),
        ("--model", "gpt4o", "model", "FOUNDRY_MODEL_NAME", "gpt-4o"),
        ("--image-model", "gpt4o", "image model", "FOUNDRY_IMAGE_MODEL_NAME", "gpt-4o"),
        ("--memory-store", "memry", "memory store", "FOUNDRY_MEMORY_STORE", "memories"),
    ],
)
def test_a_name_that_is_not_there_fails_with_its_variable_and_what_is_meant(  # noqa: PLR0913, PLR0917 - a row of what each is told by
    capsys: pytest.CaptureFixture[str],
    flag: str,
    wrong: str,
    failing: str,
    variable: str,
    meant: str,
) -> None:
    code, lines = checked(capsys, flag, wrong)
    assert code == 1
    (line,) = (line for line in lines if not line.startswith("ok"))
    assert line.startswith(f"FAIL  {failing}: ")
    assert f"'{wrong.rpartition(',')[2]}'" in line
    assert f"Correct {variable} ({flag})." in line
    assert f"The nearest names: {meant}" in line


async def test_what_a_role_may_not_look_at_is_skipped_with_the_reason(
    emulator: Emulator, settings: Settings
) -> None:
    emulator.behave(consumer_only=True)
    lines = await looked(settings, route="agent")
    assert [line.split(": ")[0] for line in lines] == [
        "skip  default agent",
        "skip  model",
        "skip  memory store",
    ]
    assert lines[0].endswith("helper may be asked, and this role may not look for it")
    assert all("not looked for, which this role may not: " in line for line in lines[1:])
    assert all("lacks the required data action" in line for line in lines[1:])


async def test_an_agent_that_is_asked_at_its_own_endpoint_is_looked_up_all_the_same(
    settings: Settings,
) -> None:
    (line, *_) = await looked(settings, route="agent", agent="helpr")
    assert line.startswith("FAIL  default agent: agent_not_found: ")
    assert "The nearest names: helper" in line


async def test_a_model_behind_a_connection_is_there_if_that_is(
    emulator: Emulator, settings: Settings
) -> None:
    emulator.store.add_connection("gateway", "ApiManagement", "https://gateway.example")
    assert "ok    model: gateway/gpt-4o" in await looked(settings, model="gateway/gpt-4o")
    lines = await looked(settings, model="gatway/gpt-4o")
    assert lines[1].startswith("FAIL  model: the project has no connection 'gatway'. ")
    assert "The nearest names: gateway" in lines[1]


async def test_a_listing_that_fails_otherwise_fails(emulator: Emulator, settings: Settings) -> None:
    emulator.fail_next(500, on="GET /deployments", times=9)
    lines = await looked(settings)
    assert lines[1].startswith("FAIL  model: service_unavailable: ")


async def test_a_project_without_any_memory_store_says_so(
    emulator: Emulator, settings: Settings
) -> None:
    del emulator.store.memory_stores[settings.memory_store]
    lines = await looked(settings)
    assert lines[2].startswith("FAIL  memory store: the project has no memory store 'memories'. ")
    assert lines[2].endswith("It has no memory stores.")


def test_without_a_project_listed_agents_have_to_be_on_this_machine(
    capsys: pytest.CaptureFixture[str],
) -> None:
    agents = ["--agents", "dev,helper", "--agent-tools", "dev"]
    assert main(["check", "--local", "dev=http://127.0.0.1:1", *agents]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(": ")[0] for line in lines] == [
        "ok    settings",
        "FAIL  agent 'dev' on this machine",
        "skip  project",
        "FAIL  allowed agent",
    ]
    assert "agent 'helper' is not here" in lines[3]


@pytest.mark.parametrize(
    ("endpoint", "left"),
    [
        (EXAMPLE, "NAME and PROJECT"),
        (EXAMPLE.replace("PROJECT", "p"), "NAME"),
        (EXAMPLE.replace("NAME", "name"), "PROJECT"),
    ],
)
def test_an_endpoint_with_a_word_of_the_example_is_not_asked(
    capsys: pytest.CaptureFixture[str], endpoint: str, left: str
) -> None:
    assert main(["check", "--endpoint", endpoint, "--model", "gpt-4o"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"FAIL  settings: {endpoint} still has the example's {left}. ")
    assert lines[1:] == [
        "skip  project: not asked, for its endpoint is an example's",
        "skip  default agent: not looked for",
        "skip  model: gpt-4o not looked for",
    ]


def test_variables_that_were_meant_for_it_are_told_from_those_of_others(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    secret = "hunter2"  # noqa: S105 - it is made up
    for name in (
        "MCP_FOUNDRY_AGENT",
        "MCP_FOUNDRY_COLOUR",
        "FOUNDRY_AGENT_VERSION",
        "FOUNDRY_MODEL",
        "FOUNDRY_HOSTING_ENVIRONMENT",
        "FOUNDRY_EMULATOR_PID",
    ):
        monkeypatch.setenv(name, secret)
    # Set first, so that what the command takes from the file is undone as well.
    monkeypatch.setenv("FOUNDRY_MODLE_NAME", "")
    monkeypatch.delenv("FOUNDRY_MODLE_NAME")
    file = tmp_path / ".env"
    file.write_text(f"FOUNDRY_MODLE_NAME={secret}\n", "utf-8")
    code, lines = checked(capsys, "--env-file", str(file))
    told = [line.removeprefix("FAIL  variable ") for line in lines if not line.startswith("ok")]
    assert code == 1
    assert [line.split(":")[0] for line in told] == [
        "MCP_FOUNDRY_AGENT",
        "MCP_FOUNDRY_COLOUR",
        "FOUNDRY_MODLE_NAME",
    ]
    assert "Is MCP_FOUNDRY_AGENTS meant?" in told[0]
    assert "`mcp-foundry check --help` names all there are" in told[1]
    assert "Is FOUNDRY_MODEL_NAME meant?" in told[2]
    assert secret not in "".join(lines)


def test_a_name_near_to_ours_is_none_where_ours_is_set(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOUNDRY_AGENT_NAMES", "helper")
    monkeypatch.setenv("FOUNDRY_AGENT_NAME", "helper")
    assert checked(capsys)[0] == 0
    monkeypatch.delenv("FOUNDRY_AGENT_NAME")
    assert checked(capsys)[0] == 1


def test_an_endpoint_under_a_misspelt_name_is_told_by_whatever_needs_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOUNDRY_PROJECT_ENDPIONT", EXAMPLE)
    assert main(["check"]) == 2
    told = capsys.readouterr().err
    assert told.startswith("mcp-foundry: FOUNDRY_PROJECT_ENDPOINT is not set; ")
    assert "FOUNDRY_PROJECT_ENDPIONT is, which is no variable of mcp-foundry." in told
