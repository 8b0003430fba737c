"""What a service for many needs before it starts, told together, and with no secret in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mcp_foundry.cli import main
from mcp_foundry.settings.values import Settings
from mcp_foundry.settings.variables import VARIABLES
from tests.rigs.command_line import clean_environment
from tests.rigs.issuer import CLIENT, TENANT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["clean_environment"]

SECRET = "a secret of more than thirty-two bytes"  # noqa: S105 - it opens nothing
PROJECT = "https://contoso.services.ai.azure.com/api/projects/demo"
WHOLE = {
    "FOUNDRY_PROJECT_ENDPOINT": PROJECT,
    "MCP_FOUNDRY_AUTH": "entra",
    "MCP_FOUNDRY_PUBLIC_URL": "https://mcp.contoso.com/mcp",
    "MCP_FOUNDRY_TENANT_ID": TENANT,
    "MCP_FOUNDRY_CLIENT_ID": CLIENT,
    "MCP_FOUNDRY_KEYS": SECRET,
    "MCP_FOUNDRY_CLIENT_SECRET": SECRET,
}


@pytest.fixture
def refused(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    clean_environment: None,  # noqa: ARG001 - before what is set here
) -> Callable[..., str]:
    """Start a server that must not start, with `changes` to what it needs; return what it says."""

    def started(*_: object) -> None:
        pytest.fail("it was started")  # which would end this process, and seem a success

    monkeypatch.setattr("mcp_foundry.commands.serve.run", started)

    def start(*words: str, **changes: str) -> str:
        for name, value in {**WHOLE, **changes}.items():
            monkeypatch.setenv(name, value)
        assert main(list(words or ("serve", "--http"))) == 2
        told = capsys.readouterr()
        assert told.out == ""
        assert told.err.count("\n") <= 3
        assert SECRET not in told.err
        return told.err

    return start


def test_all_that_is_missing_is_named_at_once_each_with_an_example(
    refused: Callable[..., str],
) -> None:
    needed = ("PUBLIC_URL", "TENANT_ID", "CLIENT_ID", "KEYS", "CLIENT_SECRET")
    told = refused(**{f"MCP_FOUNDRY_{name}": "" for name in needed})
    for name in needed:
        assert f"MCP_FOUNDRY_{name}" in told
    assert "MCP_FOUNDRY_PUBLIC_URL=https://mcp.contoso.com/mcp" in told
    assert "MCP_FOUNDRY_FEDERATED_CLIENT_ID" in told
    assert "--identity server" in told


@pytest.mark.parametrize("name", ["PUBLIC_URL", "TENANT_ID", "CLIENT_ID", "KEYS"])
def test_what_alone_is_missing_is_alone_named(refused: Callable[..., str], name: str) -> None:
    told = refused(**{f"MCP_FOUNDRY_{name}": ""})
    assert told.count("MCP_FOUNDRY_") == 1
    assert f"MCP_FOUNDRY_{name}=" in told
    assert told.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PUBLIC_URL", "http://mcp.contoso.com/mcp"),
        ("PUBLIC_URL", "https://mcp.contoso.com"),
        ("PUBLIC_URL", "https://mcp.contoso.com/mcp/"),
        ("PUBLIC_URL", "https://mcp.contoso.com/mcp?x=1"),
        ("PUBLIC_URL", "https://mcp.contoso.com/healthz"),
        ("PUBLIC_URL", "https://mcp.contoso.com/.well-known/mcp"),
        ("TENANT_ID", "common"),
        ("TENANT_ID", "organizations"),
        ("TENANT_ID", "contoso.onmicrosoft.com"),
        ("CLIENT_ID", "mcp-foundry"),
        ("KEYS", "short"),
        ("KEYS", f"{SECRET},short"),
        ("ORIGINS", "chat.contoso.com"),
        ("ORIGINS", "*"),
        ("IDENTITY", "both"),
        ("HOST", "mcp.contoso.com"),
    ],
)
def test_a_wrong_value_is_named_with_a_right_one(
    refused: Callable[..., str], name: str, value: str
) -> None:
    told = refused(**{f"MCP_FOUNDRY_{name}": value})
    assert told.count("\n") == 1
    assert f"For example: MCP_FOUNDRY_{name}=" in told
    assert name == "KEYS" or value.partition("?")[0] in told


def test_an_authority_over_plain_http_is_refused(refused: Callable[..., str]) -> None:
    assert "AZURE_AUTHORITY_HOST" in refused(AZURE_AUTHORITY_HOST="http://login.example")


def test_without_sign_in_nobody_beyond_this_machine_is_served(refused: Callable[..., str]) -> None:
    for host in ("0.0.0.0", "::", "192.168.1.7", "127.0.0.2"):  # noqa: S104 - what is refused
        told = refused("serve", "--http", "--host", host, MCP_FOUNDRY_AUTH="none")
        assert f"--host {host} " in told
        assert "--auth entra" in told


@pytest.mark.parametrize("words", [("serve",), ("--auth", "entra"), ("serve", "--auth", "entra")])
def test_over_stdio_nobody_signs_in(refused: Callable[..., str], words: tuple[str, ...]) -> None:
    told = refused(*words)
    assert "Add --http" in told


def test_in_callers_names_a_project_over_https_is_asked(refused: Callable[..., str]) -> None:
    loopback = {"FOUNDRY_PROJECT_ENDPOINT": "http://localhost:8000/api/projects/p"}
    for told in (
        refused(**loopback),
        refused("serve", "--http", "--emulator"),
        refused(FOUNDRY_PROJECT_ENDPOINT="", MCP_FOUNDRY_LOCAL="dev=http://localhost:8088"),
    ):
        assert "a project over https" in told
        assert "signs in with" not in told


def test_what_is_of_one_person_is_refused(refused: Callable[..., str], tmp_path: Path) -> None:
    told = refused(
        MCP_FOUNDRY_FILES=str(tmp_path),
        MCP_FOUNDRY_HTTP_FILES="on",
        MCP_FOUNDRY_SAVE=str(tmp_path),
        MCP_FOUNDRY_MEMORY_SCOPE="team",
        MCP_FOUNDRY_DRAIN="26.5",
    )
    for told_of in (
        f"FILES={tmp_path}: this server's disk is not its callers': unset it",
        "HTTP_FILES=on: ",
        f"SAVE={tmp_path}: ",
        "MEMORY_SCOPE=team: each caller has a memory of their own: unset it",
        "DRAIN=26.5: an orchestrator would not wait so long: set 25 at most",
    ):
        assert f"MCP_FOUNDRY_{told_of}" in told


@pytest.mark.parametrize("name", ["TOKEN_FILE", "CLIENT_CERTIFICATE"])
def test_a_file_to_sign_in_with_has_to_be_there(
    refused: Callable[..., str], tmp_path: Path, name: str
) -> None:
    there = tmp_path / "it.pem"
    there.touch()
    told = refused(**{f"MCP_FOUNDRY_{name}": f"{there}x"})
    assert f"MCP_FOUNDRY_{name}={there}x: there is no such file: name " in told


def test_everything_wrong_at_once_is_three_lines(refused: Callable[..., str]) -> None:
    told = refused(
        MCP_FOUNDRY_KEYS="",
        MCP_FOUNDRY_CLIENT_SECRET="",
        MCP_FOUNDRY_DRAIN="60",
        FOUNDRY_PROJECT_ENDPOINT="http://localhost:8000/api/projects/p",
    )
    assert told.count("\n") == 3
    assert all(word in told for word in ("MCP_FOUNDRY_KEYS", "over https", "MCP_FOUNDRY_DRAIN"))


def test_what_a_service_does_otherwise_than_a_program_is_in_what_its_variables_mean() -> None:
    alone, many = Settings(), Settings.read({"MCP_FOUNDRY_AUTH": "entra"})
    told = {
        each.field: each.meaning.partition("under `entra`")[2].replace("`", "")
        for each in VARIABLES
        if each.field != "auth" and getattr(many, each.field) != getattr(alone, each.field)
    }
    assert set(told) == {"concurrency", "drain", "route"}
    for field, meaning in told.items():
        value = getattr(many, field)
        shown = value if isinstance(value, str) else f"{value:g}"
        assert f": {shown}" in meaning, field
