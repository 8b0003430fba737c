"""The credential: asked once per token, and clear about what is wrong with it."""

from __future__ import annotations

import os
from time import time
from typing import TYPE_CHECKING, Any

import anyio
import anyio.lowlevel
import pytest
from azure.core.credentials import AccessTokenInfo

from mcp_foundry.contract.errors import NotSent
from mcp_foundry.service.clients import SCOPE
from mcp_foundry.service.credential import CachedCredential, patient_retries
from tests.rigs.calling import failed
from tests.rigs.secure_project import needs_a_shell, sign_in

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Connect

pytestmark = pytest.mark.anyio

# Nobody listens there; a token is asked for before anything is sent.
SECURE = "https://127.0.0.1:9/api/projects/nowhere"


async def test_nobody_signed_in_does_not_stop_the_server_and_the_call_says_az_login(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "AzureCliCredential")
    async with connect(endpoint=SECURE) as client:
        for tool in ("ask_agent", "stream_agent"):
            error = await failed(client, tool, message="Hi")
            assert error["code"] == "unauthenticated"
            assert "az login" in error["message"]
            assert "mcp-foundry check" in error["message"]
        assert (await failed(client, "list_connections"))["code"] == "unauthenticated"
        assert (await client.list_tools()).tools


async def test_a_credential_that_does_not_exist_is_named_with_its_variable(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "NonsenseCredential")
    async with connect(endpoint=SECURE) as client:
        error = await failed(client, "ask_agent", message="Hi")
    assert error["code"] == "not_configured"
    assert "AZURE_TOKEN_CREDENTIALS" in error["message"]


async def test_variables_that_a_host_passes_empty_count_as_not_set(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "AzureCliCredential")
    monkeypatch.setenv("AZURE_CLIENT_ID", "")
    monkeypatch.setenv("AZURE_TENANT_ID", " ")
    async with connect(endpoint=SECURE) as client:
        error = await failed(client, "ask_agent", message="Hi")
    assert error["code"] == "unauthenticated"
    assert not {"AZURE_CLIENT_ID", "AZURE_TENANT_ID"} & set(os.environ)


class Chain:
    """A chain of credentials whose tokens live as long as a test wants."""

    def __init__(self, seconds: float, *, answers: bool = True) -> None:
        self.asked: list[dict[str, Any]] = []
        self.closed = False
        self._seconds = seconds
        self._answers = answers

    async def get_token_info(self, *_: str, options: dict[str, Any]) -> AccessTokenInfo:
        self.asked.append(options)
        await anyio.lowlevel.checkpoint()
        if not self._answers:
            await anyio.sleep_forever()
        return AccessTokenInfo(f"token {len(self.asked)}", int(time() + self._seconds))

    async def close(self) -> None:
        self.closed = True


def cached(chain: Chain, seconds: float = 60) -> CachedCredential:
    def opened(_: object) -> Any:  # noqa: ANN401 - as much of a chain as is used
        return chain

    return CachedCredential(None, opened, seconds)


async def test_a_token_is_asked_for_once_by_all_who_want_it_at_the_same_time() -> None:
    chain = Chain(3600)
    credential = cached(chain)
    async with anyio.create_task_group() as asking:
        for _ in range(10):
            asking.start_soon(credential.get_token_info, SCOPE)
    assert len(chain.asked) == 1
    assert (await credential.get_token(SCOPE)).token.endswith(" 1")


async def test_a_token_of_another_scope_or_tenant_is_another() -> None:
    chain = Chain(3600)
    credential = cached(chain)
    await credential.get_token(SCOPE)
    await credential.get_token("https://other/.default")
    await credential.get_token(SCOPE, tenant_id="other")
    assert len(chain.asked) == 3
    assert chain.asked[-1]["tenant_id"] == "other"


async def test_a_token_is_renewed_before_it_ends() -> None:
    chain = Chain(299)
    credential = cached(chain)
    await credential.get_token_info(SCOPE)
    await credential.get_token_info(SCOPE)
    assert len(chain.asked) == 2


async def test_claims_of_the_service_are_answered_with_a_new_token() -> None:
    chain = Chain(3600)
    credential = cached(chain)
    await credential.get_token(SCOPE)
    token = await credential.get_token(SCOPE, claims="{}", enable_cae=True)
    assert token.token.endswith(" 2")
    assert chain.asked[-1] == {"enable_cae": True, "claims": "{}"}


async def test_a_chain_that_never_answers_is_given_up_and_asked_anew_by_the_next_call() -> None:
    chain = Chain(3600, answers=False)
    credential = cached(chain, seconds=0.05)
    for _ in range(2):
        with anyio.fail_after(5), pytest.raises(NotSent, match="AZURE_TOKEN_CREDENTIALS") as late:
            await credential.get_token(SCOPE)
        assert late.value.code == "unauthenticated"
    assert len(chain.asked) == 2


async def test_the_chain_is_closed_with_the_credential() -> None:
    chain = Chain(3600)
    async with cached(chain) as credential:
        await credential.get_token(SCOPE)
    assert chain.closed
    async with cached(Chain(1)) as unused:
        pass
    await unused.close()


@needs_a_shell
async def test_an_az_that_fails_is_told_as_not_signed_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, connect: Connect
) -> None:
    sign_in(tmp_path, monkeypatch)
    (tmp_path / "az").write_text("#!/bin/sh\necho broken >&2\nexit 1\n")
    async with connect(endpoint=SECURE) as client:
        error = await failed(client, "ask_agent", message="Hi")
    assert error["code"] == "unauthenticated"


async def test_reads_are_repeated_but_never_after_a_sleep_without_bound() -> None:
    policy = patient_retries(1.6)
    settings = policy.configure_retries({})

    class Reply:
        def __init__(self, status: int, **headers: str) -> None:
            self.http_response = self
            self.http_request = type("Request", (), {"method": "GET"})()
            self.status_code = status
            self.headers = {key.replace("_", "-"): value for key, value in headers.items()}

    assert policy.is_retry(settings, Reply(503))
    assert policy.is_retry(settings, Reply(429, Retry_After="2"))
    assert not policy.is_retry(settings, Reply(429, Retry_After="3600"))
    assert not policy.is_retry(settings, Reply(404))
