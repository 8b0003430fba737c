"""The kinds of failures of an exchange: by which numbers Entra tells them, and what helps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mcp_foundry.contract.errors import ErrorCode
    from mcp_foundry.transport.http.challenges import Fault

FOUNDRY_APPLICATION = "18a66f5f-dbdf-4c17-9dd7-1634712a9cbe"
"""Azure Machine Learning Services, the application that stands for Foundry in Entra."""
_PERMISSION = f"`user_impersonation` of Azure Machine Learning Services (`{FOUNDRY_APPLICATION}`)"


@dataclass(frozen=True)
class Kind:
    """Failures that are told alike.

    Attributes:
        means: What went wrong, as the middle of a sentence.
        remedy: What to do, in sentences; `{client}` stands for the service's application id.
        code: What a tool's error says.
        status: The HTTP status, where it is told by HTTP; else 0.
        fault: What the challenge then says.
        numbers: Entra's numbers (AADSTS).
        words: Its `error` or `suberror`, where no kind has the number.
        otherwise: What it says beside, for a table.
        ours: Whether whoever runs the service has to know of it.
    """

    means: str
    remedy: str
    code: ErrorCode
    status: int = 0
    fault: Fault = ""
    numbers: tuple[range, ...] = ()
    words: frozenset[str] = frozenset()
    otherwise: str = ""
    ours: bool = False

    @property
    def said(self) -> str:
        """What Entra says, for a table."""
        spans = (
            f"{each[0]} to {each[-1]}" if len(each) > 1 else f"{each[0]}" for each in self.numbers
        )
        numbers = f"AADSTS{', '.join(spans)}" if self.numbers else ""
        words = (f"`{each}`" for each in sorted(self.words))
        return ", ".join(filter(None, (numbers, *words, self.otherwise)))

    @property
    def told(self) -> str:
        """What a caller is told, for a table."""
        return f"HTTP {self.status} `{self.fault}`" if self.status else f"`{self.code}`"


def _each(*numbers: int) -> tuple[range, ...]:
    return tuple(range(number, number + 1) for number in numbers)


CONSENT = Kind(
    "nobody has consented that this service asks Foundry for its users",
    f"An administrator has to grant the application {{client}} the delegated permission "
    f"{_PERMISSION}, as with `az ad app permission admin-consent --id {{client}}`.",
    "forbidden",
    numbers=_each(65001, 65004, 650057),
    words=frozenset({"consent_required"}),
)
STEP_UP = Kind(
    "Conditional Access asks for more than the sign-in had, such as another factor, a managed "
    "device or another network",
    "Sign in again as it asks; where the host does not read the `claims` of the challenge, sign "
    "out of this server there first.",
    "unauthenticated",
    401,
    "insufficient_claims",
    _each(50072, 50074, 50076, 50078, 50079, 50158, 53000, 53001, 53002, 53003, 530032),
    frozenset({"interaction_required"}),
)
ASSERTION = Kind(
    "Entra does not take the sign-in: it is for another application, has expired, was revoked or "
    "was altered",
    "Sign in again. If that does not help, the host asked for a token of another application: it "
    "has to ask for the scope that the challenge names.",
    "unauthenticated",
    401,
    "invalid_token",
    _each(50013, 50027, 50173, 500131, 500133),
)
APPLICATION = Kind(
    "an application signed in, and only for people can Foundry be asked in their name",
    "Let a person sign in; a service for applications runs with `--identity server`.",
    "forbidden",
    403,
    "insufficient_scope",
    _each(7000114),
)
ACCOUNT = Kind(
    "this account may not sign in to the service's application",
    "An administrator has to enable the account, or assign it (or a group of it) to the enterprise "
    "application {client}.",
    "forbidden",
    numbers=_each(50020, 50034, 50053, 50057, 50105),
)
ABSENT = Kind(
    "the tenant does not know Azure Machine Learning Services, by which Foundry goes in Entra",
    f"An administrator has to add it once: `az ad sp create --id {FOUNDRY_APPLICATION}`. "
    f"Then the application {{client}} needs consent for {_PERMISSION}.",
    "not_configured",
    numbers=_each(500011, 650052),
    ours=True,
)
FEDERATION = Kind(
    "Entra does not take the token that this server shows for itself",
    "Whoever runs it has to compare the federated credential of the application {client} (issuer, "
    "subject, audience `api://AzureADTokenExchange`) with the managed identity or the token file; "
    "the server's log has Entra's words.",
    "not_configured",
    numbers=(*_each(70021, 700024), range(700210, 700300)),
    ours=True,
)
CREDENTIAL = Kind(
    "Entra does not take this server's own application, secret or certificate",
    "Whoever runs it has to correct MCP_FOUNDRY_TENANT_ID and MCP_FOUNDRY_CLIENT_ID ({client}), or "
    "renew the secret or the certificate; the server's log has Entra's words.",
    "not_configured",
    numbers=(*_each(70002, 90002, 700016, 700027), range(7000100, 7000300)),
    words=frozenset({"invalid_client", "unauthorized_client"}),
    ours=True,
)
RATE = Kind(
    "Entra is asked too often",
    "Nothing has to be changed.",
    "rate_limited",
    otherwise="HTTP 429",
    ours=True,
)
UNAVAILABLE = Kind(
    "Entra does not answer as it should",
    "Try again later. If it stays so, whoever runs this server has to check AZURE_AUTHORITY_HOST, "
    "HTTPS_PROXY and the network; its log says what came instead.",
    "service_unavailable",
    otherwise="HTTP 5xx, nothing, or something else than JSON",
    ours=True,
)
UNKNOWN = Kind(
    "Entra refuses it for a reason that is not known here",
    "Look the number up on https://login.microsoftonline.com/error; the server's log has Entra's "
    "words.",
    "unauthenticated",
    otherwise="any other number",
    ours=True,
)
OWN_PROOF = Kind(
    "this server cannot show Entra who it is",
    "Whoever runs it has to look into its log, which says what is missing.",
    "not_configured",
    otherwise="nothing: it was not asked",
    ours=True,
)
# The first that fits counts: the one number that is not the server's fault stands before its range.
KINDS = (CONSENT, STEP_UP, ASSERTION, APPLICATION, ACCOUNT, ABSENT, FEDERATION, CREDENTIAL)
