"""`mcp-foundry check`: a line for each thing that a question needs."""

from __future__ import annotations

import json
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from mcp_foundry.cli import main
from tests.rigs.command_line import (
    Finished,
    clean_environment,
    emulator_beside,
    end_of,
    run,
    start,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mcp_foundry.emulator import Emulator

__all__ = ["clean_environment", "emulator_beside"]

pytestmark = pytest.mark.anyio
# What a chain of one credential is told by: of a person who signed in with `az login`.
AZ_ALONE = {
    "FOUNDRY_PROJECT_ENDPOINT": "https://localhost:1/api/projects/p",
    "AZURE_TOKEN_CREDENTIALS": "AzureCliCredential",
}
BEARER = "eyJ0eXAiOiJKV1QifQ.secret"


@pytest.fixture
def checked(
    emulator_beside: Emulator,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    clean_environment: None,  # noqa: ARG001 - before what is set here
) -> Callable[..., Finished]:
    """Checks the project of `emulator_beside`; `changes` are made to the environment."""

    def check(agent: str = "helper", **changes: str) -> Finished:
        with monkeypatch.context() as patch:
            project = {"FOUNDRY_PROJECT_ENDPOINT": emulator_beside.endpoint}
            for name, text in {**project, "FOUNDRY_AGENT_NAME": agent, **changes}.items():
                patch.setenv(name, text)
            code = main(["check"])
        told = capsys.readouterr()
        return Finished(code, told.out, told.err)

    return check


def words(done: Finished) -> list[str]:
    """The first word of each line."""
    return [line.split()[0] for line in done.stdout.splitlines()]


def test_the_embedded_emulator_passes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--emulator"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == [
        "ok    settings",
        "ok    credential",
        "ok    project",
        "ok    default agent",
        "ok    model",
        "ok    memory store",
    ]


@pytest.mark.parametrize("agent", ["researcher:1", "asst_helper"])
def test_a_default_agent_of_either_generation_is_found(
    checked: Callable[..., Finished], agent: str
) -> None:
    done = checked(agent)
    assert done.code == 0
    assert done.stdout.splitlines()[-1] == f"ok    default agent: {agent}"


@pytest.mark.parametrize(
    ("agent", "code"),
    [
        ("nobody", "agent_not_found"),
        ("researcher:9", "agent_not_found"),
        ("asst_nobody", "agent_not_found"),
        ("a/b", "invalid_request"),
    ],
)
def test_a_default_agent_that_is_not_there_fails(
    checked: Callable[..., Finished], agent: str, code: str
) -> None:
    done = checked(agent)
    assert done.code == 1
    assert words(done) == ["ok", "ok", "ok", "FAIL"]
    assert f"default agent: {code}: " in done.stdout
    assert "FOUNDRY_AGENT_NAME" in done.stdout


def test_a_default_agent_outside_the_allow_list_fails(checked: Callable[..., Finished]) -> None:
    done = checked(MCP_FOUNDRY_AGENTS="researcher")
    assert done.code == 1
    assert "default agent: not_allowed: " in done.stdout


def test_no_default_agent_is_no_failure(checked: Callable[..., Finished]) -> None:
    done = checked(agent="")
    assert done.code == 0
    assert "default agent: none set (FOUNDRY_AGENT_NAME)" in done.stdout


@pytest.mark.parametrize(
    ("status", "told"),
    [(403, "forbidden: "), (401, "unauthenticated: "), (404, "FOUNDRY_PROJECT_ENDPOINT")],
)
def test_a_project_that_refuses_says_why(
    checked: Callable[..., Finished], emulator_beside: Emulator, status: int, told: str
) -> None:
    emulator_beside.fail_next(status, on="any")
    done = checked()
    assert done.code == 1
    assert words(done) == ["ok", "ok", "FAIL", "skip"]
    assert told in done.stdout.splitlines()[2]


async def test_without_a_credential_the_remedy_is_told(tmp_path: Path) -> None:
    done = await run("check", **AZ_ALONE, PATH=str(tmp_path))
    assert done.code == 1
    assert words(done) == ["ok", "FAIL", "skip", "skip"]
    assert "credential: no Azure credential works. Run `az login`" in done.stdout
    assert done.stderr == ""


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for az is a shell script")
@pytest.mark.parametrize("level", ["WARNING", "DEBUG"])
async def test_the_credential_that_works_is_named_and_its_token_is_not(
    tmp_path: Path, level: str
) -> None:
    az = tmp_path / "az"
    token = {"accessToken": BEARER, "expires_on": 4102444800, "tenant": "t", "tokenType": "Bearer"}
    az.write_text(f"#!/bin/sh\necho '{json.dumps(token)}'\n")
    az.chmod(0o755)
    path = f"{tmp_path}:/usr/bin:/bin"
    done = await run("check", "--log-level", level, **AZ_ALONE, PATH=path)
    assert done.code == 1
    assert words(done) == ["ok", "ok", "FAIL", "skip"]
    assert "credential: AzureCliCredential" in done.stdout
    assert "project: connection_failed: no connection to localhost" in done.stdout
    assert BEARER not in done.stdout + done.stderr
    assert (done.stderr == "") is (level == "WARNING")


@pytest.mark.skipif(sys.platform == "win32", reason="SIGINT cannot be sent there")
async def test_ctrl_c_ends_a_check_that_hangs(emulator: Emulator) -> None:
    emulator.fault(on="any", hang=True)
    async with await start("check", FOUNDRY_PROJECT_ENDPOINT=emulator.endpoint) as process:
        await emulator.wait_for(lambda emulated: emulated.received, timeout=30)
        process.send_signal(signal.SIGINT)
        ended = await end_of(process)
    assert ended.code == 130
    assert words(ended) == ["ok"]
    assert ended.stderr == ""


def test_an_agent_on_this_machine_needs_no_project_and_has_none(
    checked: Callable[..., Finished],
) -> None:
    url = "http://127.0.0.1:1"
    done = checked(agent="", FOUNDRY_PROJECT_ENDPOINT=url)
    assert done.code == 1
    assert words(done) == ["ok", "FAIL", "skip"]
    assert "connection_failed: agent 'local': no connection to 127.0.0.1:1" in (done.stdout)
    assert "Is the agent running?" in done.stdout
    assert "none set, so there are no listings, conversations" in done.stdout


def test_an_agent_on_this_machine_is_looked_at_beside_a_project(
    checked: Callable[..., Finished], emulator_beside: Emulator
) -> None:
    # Whatever answers there is running; that it is an agent is seen when it is asked.
    url = emulator_beside.endpoint.removesuffix("/api/projects/emulator")
    done = checked(MCP_FOUNDRY_LOCAL=f"dev={url}")
    assert done.code == 0
    assert words(done) == ["ok", "ok", "ok", "ok", "ok"]
    assert f"agent 'dev' on this machine: {url}" in done.stdout


def test_who_may_only_ask_agents_is_not_told_that_listing_them_fails(
    checked: Callable[..., Finished], emulator_beside: Emulator
) -> None:
    emulator_beside.behave(consumer_only=True)
    done = checked(MCP_FOUNDRY_ROUTE="agent")
    assert done.code == 0
    assert "this role may not list its agents, and --route agent need not" in done.stdout
    assert "default agent: helper" in done.stdout
    assert emulator_beside.runs_taken == 0
    broad = checked()
    assert "project: forbidden" in broad.stdout


def test_an_identity_that_may_list_agents_and_not_ask_them_is_told_its_role(
    checked: Callable[..., Finished], emulator_beside: Emulator
) -> None:
    emulator_beside.behave(lacks_role=True)
    done = checked()
    assert done.code == 1
    assert words(done) == ["ok", "ok", "FAIL", "skip"]
    assert "forbidden: not permitted" in done.stdout
    assert "`Foundry User` (formerly `Azure AI User`)" in done.stdout
    assert emulator_beside.runs_taken == 0
