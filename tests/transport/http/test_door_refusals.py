"""What the door answers where whoever verifies tokens refuses, or fails."""

from __future__ import annotations

from base64 import b64decode
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiohttp
import pytest

from mcp_foundry.server.app import create_server
from mcp_foundry.transport.http.challenges import Refusal
from mcp_foundry.transport.http.door import Door
from mcp_foundry.transport.http.serving import open_http
from tests.rigs.doors import Guarded
from tests.rigs.issuer import Issuer
from tests.rigs.service import HOST, PUBLIC_URL, SCOPE

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser

    from mcp_foundry.settings.values import Settings

pytestmark = pytest.mark.anyio
TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl"  # noqa: S105 - it opens nothing


@asynccontextmanager
async def refusing(settings: Settings, wrong: Exception) -> AsyncGenerator[Guarded]:
    async def admit(_: str) -> AuthenticatedUser:
        raise wrong

    issuer = Issuer(authority="https://login.example")
    door = Door(
        public_url=PUBLIC_URL, issuer=issuer.issuer, scope=SCOPE, admit=admit, ready=lambda: True
    )
    async with (
        open_http(create_server(settings), door=door) as url,
        aiohttp.ClientSession() as http,
    ):
        yield Guarded(issuer, url, http, door)


@pytest.mark.parametrize(
    "wrong",
    [
        RuntimeError(f"cannot read {TOKEN}"),
        KeyError(TOKEN),
        UnicodeDecodeError("utf-8", TOKEN.encode(), 0, 1, TOKEN),
        TimeoutError(),
        RecursionError(),
    ],
    ids=lambda wrong: type(wrong).__name__,
)
async def test_whatever_goes_wrong_nobody_is_let_in_and_no_log_has_the_token(
    settings: Settings, wrong: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    async with refusing(settings, wrong) as guarded:
        answer = await guarded.signed_in(TOKEN)
    assert answer.status == 500
    assert not answer.challenge
    assert type(wrong).__name__ in caplog.text
    assert "test_door_refusals.py" in caplog.text
    assert TOKEN not in f"{answer} {caplog.text}"


async def test_what_a_sign_in_lacks_is_told_as_entra_told_it(settings: Settings) -> None:
    claims = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'
    wrong = Refusal(401, 'More is "needed".\r\nX: y', fault="insufficient_claims", claims=claims)
    async with refusing(settings, wrong) as guarded:
        answer = await guarded.signed_in(TOKEN)
    assert answer.status == 401
    assert 'error="insufficient_claims"' in answer.challenge
    assert "error_description=\"More is 'needed'. X: y\"" in answer.challenge
    assert f'scope="{SCOPE}"' in answer.challenge
    told = answer.challenge.partition('claims="')[2].rstrip('"')
    assert b64decode(told).decode() == claims


@pytest.mark.parametrize("status", [429, 503])
async def test_who_should_come_again_is_told_when(settings: Settings, status: int) -> None:
    async with refusing(settings, Refusal(status, "Later.", retry_after=7)) as guarded:
        answer = await guarded.signed_in(TOKEN)
    assert (answer.status, answer.headers["retry-after"]) == (status, "7")
    assert not answer.challenge
    assert answer.body["error_description"] == "Later."


async def test_a_web_socket_is_not_opened(settings: Settings) -> None:
    async with refusing(settings, AssertionError()) as guarded:
        headers = {"Host": HOST, "Origin": "https://bridge.example"}
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await guarded.http.ws_connect(guarded.url, headers=headers)
