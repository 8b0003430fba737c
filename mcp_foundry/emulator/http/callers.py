"""Who may call: anyone with a token, unless a role is played."""

import re

from aiohttp import web

from mcp_foundry.emulator.faults.behaviour import Behaviour
from mcp_foundry.emulator.wire.refusals import Refusal

UNAUTHORIZED = (
    "Unauthorized. Access token is missing, invalid, audience is incorrect "
    "(https://ai.azure.com), or have expired."
)
LACKS_ROLE = (
    "The principal `00000000-0000-0000-0000-000000000000` lacks the required data action "
    "`Microsoft.CognitiveServices/accounts/AIServices/agents/{action}` to perform `{operation}` "
    "operation."
)
# A token with the role Foundry Agent Consumer and no other, and what that is for.
CONSUMER = "Bearer consumer"
ASKING = re.compile(r"/agents/[^/]+/endpoint/")


def check_token(request: web.Request) -> None:
    """Refuse a request without a bearer token; any token will do."""
    if not request.headers.get("Authorization", "").startswith("Bearer "):
        raise Refusal(401, "Unauthorized", UNAUTHORIZED, kind="error")


def check_role(request: web.Request, path: str, behaviour: Behaviour) -> None:
    """Refuse what the caller's role is not enough for."""
    method, last = request.method, path.rsplit("/", 1)[-1]
    writes = method == "POST" and last != "cancel" and ":" not in last
    narrow = behaviour.consumer_only or request.headers["Authorization"] == CONSUMER
    asks = ASKING.match(path) and not path.endswith("/conversations")
    if (narrow and not asks) or (behaviour.lacks_role and writes):
        plane, action = path[1:].partition("/")[0], "read" if method == "GET" else "write"
        operation = f"{method} /api/projects/{{projectName}}/{plane}/*"
        sentence = LACKS_ROLE.format(action=action, operation=operation)
        raise Refusal(401, "PermissionDenied", sentence, shape="bare")
