"""Where Entra is for one tenant: who signs its tokens, with which keys, and where they are made."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Authority:
    """A tenant at an authority.

    Args:
        host: The authority's URL, without a slash at its end.
        tenant: The tenant's id.
    """

    host: str
    tenant: str

    @property
    def issuer(self) -> str:
        """Who signs: what tokens of version 2 say, letter for letter."""
        return f"{self.host}/{self.tenant}/v2.0"

    @property
    def keys_url(self) -> str:
        """Where the public keys are that tokens are signed with."""
        return f"{self.host}/{self.tenant}/discovery/v2.0/keys"
