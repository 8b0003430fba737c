"""The managed identity that DefaultAzureCredential asks, and what it refuses."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import aiohttp
import pytest
from anyio import to_thread
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import CredentialUnavailableError, DefaultAzureCredential
from azure.identity.aio import DefaultAzureCredential as AsyncCredential

if TYPE_CHECKING:
    from mcp_foundry.emulator import Emulator

pytestmark = pytest.mark.anyio
SCOPE = "https://ai.azure.com/.default"
ASKED = {"api-version": "2019-08-01", "resource": "https://ai.azure.com"}


@pytest.fixture
def told(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """This process is told where the emulator gives tokens, as `--env` tells a shell."""
    monkeypatch.setenv("IDENTITY_ENDPOINT", emulator.places["identity_endpoint"])
    monkeypatch.setenv("IDENTITY_HEADER", emulator.places["identity_header"])
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", emulator.places["credential"])


def sync_token() -> tuple[str, int]:
    with DefaultAzureCredential() as credential:
        return credential.get_token(SCOPE)


async def async_token() -> tuple[str, int]:
    async with AsyncCredential() as credential:
        return await credential.get_token(SCOPE)


@pytest.mark.parametrize("how", ["sync", "async"])
@pytest.mark.usefixtures("told")
async def test_a_credential_gets_a_token_for_a_day_which_is_booked_apart(
    emulator: Emulator, how: str
) -> None:
    before = time.time()
    token, expires = await (async_token() if how == "async" else to_thread.run_sync(sync_token))
    assert token
    assert before + 23 * 3600 < expires < time.time() + 25 * 3600
    assert emulator.received == []
    assert emulator.state()["tokens"] == 1


@pytest.mark.parametrize("how", ["sync", "async"])
@pytest.mark.usefixtures("told")
async def test_a_credential_that_does_not_know_the_header_gets_none(
    emulator: Emulator, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IDENTITY_HEADER", "guessed")
    # In which words depends on the release of azure-identity.
    with pytest.raises((ClientAuthenticationError, CredentialUnavailableError)):
        await (async_token() if how == "async" else to_thread.run_sync(sync_token))
    assert emulator.state()["tokens"] == 0


@pytest.mark.parametrize(
    ("query", "header", "status", "word"),
    [
        (ASKED, None, 401, "X-IDENTITY-HEADER"),
        (ASKED, "", 401, "X-IDENTITY-HEADER"),
        ({**ASKED, "api-version": "2017-09-01"}, "right", 400, "api-version"),
        ({"api-version": "2019-08-01"}, "right", 400, "resource"),
    ],
)
async def test_what_is_wrong_is_refused_as_app_service_does(
    emulator: Emulator, query: dict[str, str], header: str | None, status: int, word: str
) -> None:
    right = emulator.places["identity_header"]
    headers = {} if header is None else {"X-IDENTITY-HEADER": header.replace("right", right)}
    async with (
        aiohttp.ClientSession() as session,
        session.get(emulator.places["identity_endpoint"], params=query, headers=headers) as reply,
    ):
        body = await reply.json()
    assert (reply.status, body["statusCode"]) == (status, status)
    assert word in body["message"]
    assert "access_token" not in body


async def test_no_two_emulators_have_the_same_header(emulator: Emulator) -> None:
    from mcp_foundry.emulator import Emulator as Another

    assert Another().places["identity_header"] != emulator.places["identity_header"]
