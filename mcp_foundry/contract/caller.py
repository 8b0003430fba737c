"""Who calls, where more than one may: known from a verified token, and handed on with the question.

Nothing looks a caller up in a global or later: what acts for one is made for that one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mcp_foundry.contract.errors import FoundryError

# Not within a longer number, which would be another id.
_GUID = re.compile(r"(?<![0-9a-f])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-f])")
MANAGE = "Agents.Manage"
"""The application role of those who may change the project."""


@dataclass(frozen=True)
class Caller:
    """A person, or an application, of one tenant.

    Attributes:
        tenant: The tenant's id (`tid`).
        object_id: The caller's id in it (`oid`); names also pass, and are not unique.
        client: The application that the call came through (`azp`).
        roles: The application roles that the caller has here.
        token: What Foundry is asked with in the caller's name; empty where the server asks in its
            own.
        token_ends: When that ends, in seconds of the epoch; 0 where there is none.
        refusal: Why there is no such token.
    """

    tenant: str
    object_id: str
    client: str = ""
    roles: frozenset[str] = frozenset()
    token: str = field(default="", repr=False)
    token_ends: float = 0.0
    refusal: FoundryError | None = None

    @property
    def key(self) -> str:
        """What tells this caller from every other: `TENANT.OBJECT_ID`."""
        return f"{self.tenant}.{self.object_id}"

    def owns(self, scope: str) -> bool:
        """Whether a memory scope is this caller's: it holds the object id, and no other."""
        ids = set(_GUID.findall(scope.lower()))
        return self.object_id in ids and ids <= {self.object_id, self.tenant}

    @property
    def manages(self) -> bool:
        """Whether the caller may change what all share."""
        return MANAGE in self.roles
