"""What becomes of callers while Entra cannot be asked, or asks for time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import pytest
from aiohttp import web

from mcp_foundry.settings.limits import Limits
from mcp_foundry.transport.http.listening import bind
from tests.rigs.exchanging import always, caller, exchanging

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio


async def test_an_outage_that_passes_is_not_told(tmp_path: Path) -> None:
    async with exchanging(tmp_path) as (issuer, exchange):

        async def once(_: dict[str, str]) -> web.StreamResponse | None:
            return web.Response(status=503) if len(issuer.exchanges) == 1 else None

        issuer.on_exchange = once
        assert (await exchange.for_caller(caller(), issuer.token())).token
    assert len(issuer.exchanges) == 2


@pytest.mark.parametrize("status", [429, 503])
async def test_what_says_how_long_to_wait_is_not_asked_again(tmp_path: Path, status: int) -> None:
    async with exchanging(tmp_path) as (issuer, exchange):
        issuer.on_exchange = always(
            lambda: web.Response(status=status, headers={"Retry-After": "3600"})
        )
        failure = (await exchange.for_caller(caller(), issuer.token())).refusal
    assert failure is not None
    assert failure.retry_after == 3600
    assert len(issuer.exchanges) == 1


async def test_an_authority_that_hangs_is_given_up(tmp_path: Path) -> None:
    hangs = anyio.Event()

    async def held(_: dict[str, str]) -> None:
        await hangs.wait()

    async with exchanging(tmp_path, limits=Limits(exchange=0.2)) as (issuer, exchange):
        issuer.on_exchange = held
        failure = (await exchange.for_caller(caller(), issuer.token())).refusal
        hangs.set()
    assert failure is not None
    assert failure.code == "service_unavailable"


@pytest.mark.parametrize("host", ["127.0.0.1:{port}", "nowhere.invalid"])
async def test_an_authority_that_is_not_there_is_told(tmp_path: Path, host: str) -> None:
    with bind("127.0.0.1", 0) as free:
        place = host.format(port=free.getsockname()[1])
    async with exchanging(tmp_path, authority=f"https://{place}") as (issuer, exchange):
        failure = (await exchange.for_caller(caller(), issuer.token())).refusal
    assert failure is not None
    assert failure.code == "service_unavailable"
