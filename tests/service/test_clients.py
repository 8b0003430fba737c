"""The way to the service: imports, TLS, names, proxies, and nobody signed in."""

from __future__ import annotations

import logging
import sys
from json import dumps, loads
from typing import TYPE_CHECKING

import anyio
import pytest

from tests.conftest import Connect, failure
from tests.rigs.command_line import PATIENCE, environment
from tests.rigs.raw_service import raw_service, reply
from tests.rigs.secure_project import TOKEN, certificate, needs_a_shell, server_tls, sign_in

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio

HI = {"message": "Hi"}
# Tells on stderr, in order, of which SDK each module was that a listing of agents imported.
IMPORTS_OF_A_LISTING = """
import json, sys
def note(event, args):
    if event == "import" and args[0].startswith(("azure.ai.agents", "azure.ai.projects")):
        imported.append(args[0].split(".")[2])
imported = []
sys.addaudithook(note)
from mcp_foundry.cli import main
main(["call", "list_agents", "--emulator", "--quiet"])
sys.stderr.write(json.dumps(imported))
"""


@needs_a_shell
async def test_a_certificate_that_nobody_trusts_is_named_with_the_variable_to_set(
    connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(tmp_path, monkeypatch)
    trusted = certificate(tmp_path)
    refusal = reply(dumps({"error": {"message": "No."}}), status="400 Bad Request")
    # The agent itself is looked at after a refusal that might mean that it is asked elsewhere.
    async with raw_service(refusal, refusal, tls=server_tls(trusted)) as service:
        endpoint = service.endpoint.replace("http://", "https://")
        async with connect(endpoint=endpoint) as client:
            error = failure(await client.call_tool("ask_agent", HI))
        assert error["code"] == "connection_failed"
        assert "TLS certificate is not trusted. Nothing was started." in error["message"]
        assert "SSL_CERT_FILE" in error["message"]
        async with connect(endpoint=endpoint, ca_bundle=str(trusted)) as client:
            assert failure(await client.call_tool("ask_agent", HI))["status"] == 400


@needs_a_shell
async def test_a_port_that_speaks_no_tls_is_told_as_one(
    connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(tmp_path, monkeypatch)
    async with raw_service(greeting=b"220 This is no web server.\r\n") as service:
        endpoint = service.endpoint.replace("http://", "https://")
        async with connect(endpoint=endpoint) as client:
            error = failure(await client.call_tool("ask_agent", HI))
    assert error["code"] == "connection_failed"
    assert "it does not speak TLS as expected. Nothing was started" in error["message"]


@needs_a_shell
async def test_a_name_that_nobody_knows_is_told_with_the_variable_that_holds_it(
    connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(tmp_path, monkeypatch)
    endpoint = "https://no-such-project.invalid/api/projects/p"
    async with connect(endpoint=endpoint) as client:
        error = failure(await client.call_tool("ask_agent", HI))
    assert error["code"] == "connection_failed"
    assert "no connection to no-such-project.invalid" in error["message"]
    assert "Check the spelling of FOUNDRY_PROJECT_ENDPOINT" in error["message"]


@needs_a_shell
async def test_a_proxy_that_is_not_there_is_told_as_the_proxy(
    connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(tmp_path, monkeypatch)
    async with raw_service() as service:
        nobody = f"http://127.0.0.1:{service.port}"
    monkeypatch.setenv("HTTPS_PROXY", nobody)
    async with connect(endpoint="https://project.invalid/api/projects/p") as client:
        error = failure(await client.call_tool("ask_agent", HI))
    assert error["code"] == "connection_failed"
    assert "the proxy does not answer. Nothing was started. Check HTTPS_PROXY" in error["message"]


@needs_a_shell
async def test_a_proxy_that_refuses_is_told_with_its_status(
    connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(tmp_path, monkeypatch)
    async with raw_service(reply("", status="407 Proxy Authentication Required")) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        async with connect(endpoint="https://project.invalid/api/projects/p") as client:
            error = failure(await client.call_tool("ask_agent", HI))
        assert proxy.asked == ["CONNECT project.invalid:443 HTTP/1.1"]
    assert error["code"] == "connection_failed"
    assert "the proxy refused with HTTP 407. Nothing was started" in error["message"]


async def test_nobody_signed_in_is_told_with_what_the_chain_tried(
    connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "AzureCliCredential")
    async with connect(endpoint="https://project.invalid/api/projects/p") as client:
        error = failure(await client.call_tool("ask_agent", HI))
    assert error["code"] == "unauthenticated"
    assert "Azure CLI not found" in error["message"]
    assert "az login" in error["message"]


@needs_a_shell
async def test_a_token_never_leaves_in_a_result_or_in_the_log(
    connect: Connect,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, "mcp_foundry")
    sign_in(tmp_path, monkeypatch)
    trusted = certificate(tmp_path)
    echo = reply(
        dumps({"error": {"message": f"Bad header Authorization: Bearer {TOKEN}"}}), status="401 No"
    )
    async with raw_service(echo, tls=server_tls(trusted)) as service:
        endpoint = service.endpoint.replace("http://", "https://")
        async with connect(endpoint=endpoint, ca_bundle=str(trusted)) as client:
            result = await client.call_tool("ask_agent", HI)
    assert failure(result)["code"] == "unauthenticated"
    assert TOKEN not in result.model_dump_json()
    assert TOKEN not in caplog.text


async def test_the_sdks_are_imported_one_after_the_other() -> None:
    # Two threads that import what imports each other may fail with a deadlock of import locks.
    command = [sys.executable, "-c", IMPORTS_OF_A_LISTING]
    with anyio.fail_after(PATIENCE):
        done = await anyio.run_process(command, env=environment())
    imported = loads(done.stderr)
    assert sorted(set(imported)) == ["agents", "projects"]
    assert sum(one != before for one, before in zip(imported[1:], imported, strict=False)) == 1
