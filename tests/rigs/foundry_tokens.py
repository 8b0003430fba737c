"""Tokens for Foundry, as a person who signed in brings them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from tests.rigs.issuer import Issuer

if TYPE_CHECKING:
    import aiohttp

AUDIENCE = "https://ai.azure.com"


@cache
def _issuer() -> Issuer:
    return Issuer("https://login.example")


def token_of(person: str, **changed: Any) -> str:  # noqa: ANN401 - claims are JSON
    """Sign a person's token for Foundry; None leaves a claim out."""
    return _issuer().token(person, **{"aud": AUDIENCE, **changed})


def signed_in(person: str, user: str = "") -> dict[str, str]:
    """Return the headers by which a person calls, perhaps in the name of a user."""
    named = {"x-ms-user-identity": user} if user else {}
    return {"Authorization": f"Bearer {token_of(person)}", **named}


async def asked(
    raw: aiohttp.ClientSession, place: str, headers: dict[str, str], **body: object
) -> tuple[int, Any]:
    """Ask over plain HTTP; return the status and the body."""
    async with raw.post(place, json={"input": "Hi", **body}, headers=headers) as reply:
        return reply.status, await reply.json()
