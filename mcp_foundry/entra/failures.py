"""Why Entra gives no token on behalf of a caller: what is told of it, to whom, and what helps.

The one place that knows Entra's errors (AADSTS). `rows` tells the same to the documentation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from json import dumps, loads
from typing import TYPE_CHECKING, cast

from mcp_foundry.contract.errors import NotSent
from mcp_foundry.contract.json import count_in, text_in
from mcp_foundry.contract.redaction import without_secrets
from mcp_foundry.entra.kinds import (
    KINDS,
    OWN_PROOF,
    RATE,
    STEP_UP,
    UNAVAILABLE,
    UNKNOWN,
)
from mcp_foundry.transport.http.challenges import Refusal

if TYPE_CHECKING:
    from mcp_foundry.contract.caller import Caller
    from mcp_foundry.contract.json import Json
    from mcp_foundry.entra.kinds import Kind

_TOO_MANY = 429
_BROKEN = 500
# A challenge is a header, and proxies bound what those hold.
_LONGEST_CLAIMS = 4096
_PASSING = frozenset({"server_error", "temporarily_unavailable"})


@dataclass(frozen=True)
class Failed:
    """That there is no token, and why. A value: what is raised of it is made anew each time.

    Attributes:
        kind: What went wrong, as a kind.
        client: The application id of this service.
        number: Entra's number of it (AADSTS), or 0.
        reason: What is known beside; for whoever runs the service, and free of secrets.
        claims: What the next sign-in has to bring, as JSON.
        retry_after: Seconds after which Entra may be asked again, or None.
    """

    kind: Kind
    client: str
    number: int = 0
    reason: str = ""
    claims: str = ""
    retry_after: float | None = None

    @property
    def sentence(self) -> str:
        """What went wrong, and what to do next."""
        number = f" (AADSTS{self.number})" if self.number else ""
        told = f"{self.kind.means}{number}. {self.kind.remedy.format(client=self.client)}"
        wait = f" Try again in {self.retry_after:g} s." if self.retry_after else ""
        return f"Foundry cannot be asked in your name: {told}{wait}"

    def told_to(self, caller: Caller) -> Caller:
        """Return the caller with what a tool tells.

        Raises:
            Refusal: It is told by HTTP, as only a new sign-in helps.
        """
        if self.kind.status:
            raise Refusal(
                self.kind.status, self.sentence, fault=self.kind.fault, claims=self.claims
            )
        wait = self.retry_after
        return replace(caller, refusal=NotSent(self.kind.code, self.sentence, retry_after=wait))


def of_reply(status: int, wait: float | None, body: Json, client: str) -> Failed:
    """Return what a reply says that is no token.

    Args:
        status: Its HTTP status.
        wait: The seconds of its `Retry-After`, or None.
        body: What it holds as JSON; nothing where it is none.
        client: The application id of this service.
    """
    error, number = text_in(body.get("error")), _number(body)
    said = without_secrets(text_in(body.get("error_description"))).partition("\n")[0][:400].strip()
    told = " ".join(filter(None, (f"HTTP {status}", error, said, _for_support(body))))
    failed = Failed(UNKNOWN, client, number, told, retry_after=wait)
    if status == _TOO_MANY:
        return replace(failed, kind=RATE)
    if status >= _BROKEN or error in _PASSING or not error:
        return replace(failed, kind=UNAVAILABLE)
    kind, claims = (
        _kind(number, {error, text_in(body.get("suberror"))}),
        _claims(body.get("claims")),
    )
    if claims and kind in (UNKNOWN, STEP_UP):
        return replace(failed, kind=STEP_UP, claims=claims)
    # Without claims a host would sign in as before, and be refused as before: a tool tells it.
    return replace(failed, kind=replace(STEP_UP, status=0) if kind is STEP_UP else kind)


def unavailable(client: str, reason: str) -> Failed:
    """Return that Entra could not be asked at all."""
    return Failed(UNAVAILABLE, client, reason=without_secrets(reason))


def unproven(client: str, reason: str) -> Failed:
    """Return that the service has nothing to show for itself."""
    return Failed(OWN_PROOF, client, reason=without_secrets(reason))


def _kind(number: int, words: set[str]) -> Kind:
    by_number = (kind for kind in KINDS if any(number in each for each in kind.numbers))
    by_word = (kind for kind in KINDS if words & kind.words)
    return next(by_number, None) or next(by_word, UNKNOWN)


def _number(body: Json) -> int:
    codes: object = body.get("error_codes")
    first = count_in(next(iter(cast("list[object]", codes)), 0)) if isinstance(codes, list) else 0
    written = re.search(r"AADSTS([0-9]{1,9})\b", text_in(body.get("error_description")))
    return first or (int(written[1]) if written else 0)


def _claims(value: object) -> str:
    """Return claims as text; nothing where they are none, or more than a header holds."""
    text = dumps(value) if isinstance(value, dict) else text_in(value)
    try:
        if not isinstance(loads(text), dict) or len(text) > _LONGEST_CLAIMS:
            return ""
    except (ValueError, RecursionError):
        return ""
    return text


def _for_support(body: Json) -> str:
    ids = (text_in(body.get(name)) for name in ("trace_id", "correlation_id"))
    known = ", ".join(each for each in ids if re.fullmatch(r"[0-9a-fA-F-]{8,40}", each))
    return f"(for Azure support: {known})" if known else ""


def rows() -> list[tuple[str, str, str]]:
    """Return the failures for the documentation: what Entra says, who is told what, what to do."""
    return [
        (kind.said, kind.told, _advice(kind))
        for kind in (*KINDS, OWN_PROOF, RATE, UNAVAILABLE, UNKNOWN)
    ]


def _advice(kind: Kind) -> str:
    means = kind.means[0].upper() + kind.means[1:]
    return f"{means}. {kind.remedy.format(client='CLIENT_ID')}"
