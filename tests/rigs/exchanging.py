"""Exchanges on behalf of callers, with an issuer that stands for Entra."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import anyio
import jwt

from mcp_foundry.contract.caller import Caller
from mcp_foundry.entra.exchange import Exchange, open_exchange
from mcp_foundry.settings.values import Settings
from tests.rigs.issuer import ALICE, CLIENT, TENANT, issuing

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable
    from pathlib import Path

    from aiohttp import web

    from tests.rigs.issuer import Issuer

    Answer = Callable[[dict[str, str]], Awaitable[web.StreamResponse | None]]

SECRET = "a-client-secret"  # noqa: S105 - it opens nothing


def caller(person: str = ALICE) -> Caller:
    return Caller(TENANT, person)


def settings_for(issuer: Issuer, **changes: Any) -> Settings:  # noqa: ANN401 - fields of settings
    told: dict[str, Any] = {
        "tenant_id": TENANT,
        "client_id": CLIENT,
        "client_secret": SECRET,
        "authority": issuer.authority,
        "ca_bundle": issuer.ca,
    }
    return Settings(**{**told, **changes})


@asynccontextmanager
async def exchanging(
    folder: Path,
    **changes: Any,  # noqa: ANN401 - fields of settings
) -> AsyncGenerator[tuple[Issuer, Exchange]]:
    """Yield an issuer, and what exchanges there."""
    async with issuing(folder) as issuer, open_exchange(settings_for(issuer, **changes)) as made:
        with anyio.fail_after(30):
            yield issuer, made


def claims_of(token: str) -> dict[str, Any]:
    """Return what a token says."""
    return jwt.decode(token, options={"verify_signature": False})


def always(reply: Callable[[], web.StreamResponse]) -> Answer:
    """Return what answers each exchange like this."""

    async def answer(_: dict[str, str]) -> web.StreamResponse:
        return reply()

    return answer
