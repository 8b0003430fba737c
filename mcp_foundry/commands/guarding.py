"""How `serve --http --auth entra` is made: who is let in, and at which door."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from mcp_foundry.entra.admission import open_admission
from mcp_foundry.entra.authority import Authority
from mcp_foundry.entra.claims import ASK
from mcp_foundry.transport.http.door import Door

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from mcp_foundry.settings.values import Settings


@asynccontextmanager
async def guarded(settings: Settings) -> AsyncGenerator[dict[str, Any]]:
    """Yield what `serve_http` is told of a service for many.

    Raises:
        NotSent: The file of certificate authorities cannot be read, or the service has nothing to
            show Entra for itself.
    """
    async with open_admission(settings) as admission:
        door = Door(
            public_url=settings.public_url,
            issuer=Authority(settings.authority, settings.tenant_id).issuer,
            scope=f"{settings.public_url}/{ASK}",
            origins=settings.origins,
            admit=admission.admit,
            ready=admission.ready,
        )
        yield {
            "door": door,
            "path": urlsplit(settings.public_url).path,
            "stateless": not settings.sessions,
        }
