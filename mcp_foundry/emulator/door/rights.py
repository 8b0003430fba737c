"""Who may do what: roles as Azure has them, for each caller by its own."""

import re
from collections.abc import Mapping

from aiohttp import web

from mcp_foundry.emulator.faults.behaviour import Behaviour
from mcp_foundry.emulator.http.callers import CONSUMER, IDENTITY, OPERATOR, Caller
from mcp_foundry.emulator.http.versions import ASKING
from mcp_foundry.emulator.store.records import Rights
from mcp_foundry.emulator.wire.refusals import Refusal, invalid

UNAUTHORIZED = (
    "Unauthorized. Access token is missing, invalid, audience is incorrect "
    "(https://ai.azure.com), or have expired."
)
LACKS_ROLE = (
    "The principal `{principal}` lacks the required data action "
    "`Microsoft.CognitiveServices/accounts/AIServices/agents/{action}` to perform `{operation}` "
    "operation."
)
NOBODY = "00000000-0000-0000-0000-000000000000"
USER = re.compile(r"[A-Za-z0-9._:@-]{1,256}")
INTERACT = "endpoints/interact/action"
IMPERSONATE = "endpoints/UserIdentityImpersonation/action"
# What a token has that names nobody: all that there is, as long as nobody says otherwise.
BY_NAME = {OPERATOR: Rights(speaks_for_users=True), CONSUMER: Rights("consumer")}


def admit(
    request: web.Request,
    path: str,
    caller: Caller,
    given: Mapping[str, Rights],
    behaviour: Behaviour,
) -> None:
    """Refuse whom nobody knows, and what a caller has no right to.

    Args:
        request: The request.
        path: Its path below the project.
        caller: Who asks.
        given: The rights that somebody was given, by name.
        behaviour: What the service is like.

    Raises:
        Refusal: 401 without a good token, 400 where a user's name is none, else 403; but 401 for a
            role that is played by a word, or by the token `consumer`. Reports have both.
    """
    if not caller.name:
        raise Refusal(401, "Unauthorized", UNAUTHORIZED, kind="error")
    rights = given.get(caller.name) or BY_NAME.get(caller.name) or Rights()
    asks = ASKING.match(path) and not path.endswith("/conversations")
    if rights.role == "none" or (rights.role == "consumer" and not asks):
        raise _lacking(request, path, caller, 401 if caller.name == CONSUMER else 403)
    if (behaviour.consumer_only and not asks) or _lacks_role(request, path, behaviour):
        raise _lacking(request, path, caller, 401)
    if (user := request.headers.get(IDENTITY)) is None:
        return
    if not USER.fullmatch(user):
        raise invalid("The user identity is not valid.", param=IDENTITY)
    if not rights.speaks_for_users:
        # Tried by others at the service: this status and code.
        sentence = _sentence(request, path, caller, IMPERSONATE)
        raise Refusal(403, "forbidden", sentence, kind="error", shape="project")


def _lacks_role(request: web.Request, path: str, behaviour: Behaviour) -> bool:
    last = path.rsplit("/", 1)[-1]
    writes = request.method == "POST" and last != "cancel" and ":" not in last
    return behaviour.lacks_role and writes


def _lacking(request: web.Request, path: str, caller: Caller, status: int) -> Refusal:
    action = "read" if request.method == "GET" else "write"
    if ASKING.match(path) and not path.endswith("/conversations"):
        action = INTERACT
    sentence = _sentence(request, path, caller, action)
    return Refusal(status, "PermissionDenied", sentence, shape="bare")


def _sentence(request: web.Request, path: str, caller: Caller, action: str) -> str:
    plane = path[1:].partition("/")[0]
    return LACKS_ROLE.format(
        principal=caller.name if caller.tenant else NOBODY,
        action=action,
        operation=f"{request.method} /api/projects/{{projectName}}/{plane}/*",
    )
