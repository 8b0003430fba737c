"""The managed identity of an app in App Service: where `DefaultAzureCredential` gets its tokens."""

import secrets
import uuid

from aiohttp import web

from mcp_foundry.emulator.http.calls import reply
from mcp_foundry.emulator.store.names import TOKEN
from mcp_foundry.emulator.wire.values import now

PATH = "/msi/token"
# The only version that azure-identity speaks; what it sends is `api-version`, `resource`, for a
# user-assigned identity its id, and the header below.
VERSION = "2019-08-01"
HEADER = "X-IDENTITY-HEADER"
LIFETIME = 24 * 3600
"""Seconds that a token is good for, as those of managed identities are."""


class Identity:
    """Gives a token to whoever knows its header, as App Service does within an app.

    Attributes:
        header: What IDENTITY_HEADER has to be.
        given: How many tokens it gave.
    """

    def __init__(self) -> None:
        self.header = secrets.token_hex(16).upper()
        self.given = 0

    def routes(self) -> list[web.RouteDef]:
        """The one route, which is not of the project."""
        return [web.get(PATH, self._give)]

    async def _give(self, request: web.Request) -> web.Response:
        # Nobody knows with which words App Service refuses; MSAL reads `statusCode` and `message`.
        given = request.headers.get(HEADER, "")
        if not secrets.compare_digest(given.encode(), self.header.encode()):
            return _refuse(401, f"{HEADER} is missing, or is not what IDENTITY_HEADER says.")
        if request.query.get("api-version") != VERSION:
            return _refuse(400, f"api-version has to be {VERSION}.")
        resource = request.query.get("resource")
        if not resource:
            return _refuse(400, "resource is missing: for what shall the token be good?")
        self.given += 1
        return reply(
            {
                "access_token": TOKEN,
                "client_id": request.query.get("client_id", str(uuid.UUID(int=0))),
                "expires_on": str(now() + LIFETIME),
                "resource": resource,
                "token_type": "Bearer",
            }
        )


def _refuse(status: int, message: str) -> web.Response:
    body = {"statusCode": status, "message": message, "correlationId": str(uuid.uuid4())}
    return reply(body, status)
