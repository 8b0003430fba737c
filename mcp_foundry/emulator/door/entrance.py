"""Where the emulator stands, and all that a program needs to know to come in."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from mcp_foundry.emulator.door.identity import PATH, Identity
from mcp_foundry.emulator.store.names import PROJECT_PATH

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable

    from mcp_foundry.emulator.door.certificates import Certificates
    from mcp_foundry.emulator.store.contents import Store

HOST = "127.0.0.1"


class Entrance:
    """An address on loopback, with or without TLS, and who gives tokens there.

    Args:
        port: The port; 0 until it is known.
        https: Whether to speak TLS.

    Raises:
        CannotKeepCertificatesError: The user's data folder cannot be used.
    """

    def __init__(self, port: int, *, https: bool) -> None:
        self.port = port
        self.identity = Identity()
        self._certificates = _certificates() if https else None

    @property
    def tls(self) -> ssl.SSLContext | None:
        """What to speak TLS with, if at all."""
        return self._certificates.context() if self._certificates else None

    @property
    def endpoint(self) -> str:
        """The project endpoint."""
        return f"{self._address}{PROJECT_PATH}"

    @property
    def _address(self) -> str:
        # By number, which a name server cannot get wrong, and Windows does not try as IPv6 first.
        return f"{'https' if self._certificates else 'http'}://{HOST}:{self.port}"

    @property
    def authority(self) -> str:
        """The file of the authority that signed the certificate; empty without TLS."""
        return str(self._certificates.authority) if self._certificates else ""

    @property
    def bundle(self) -> str:
        """The file of all authorities that a client has to trust; empty without TLS."""
        return str(self._certificates.bundle) if self._certificates else ""

    def places(self, store: Store) -> dict[str, str]:
        """Return what variables hold, by the words of `Variable.holds` in `door.environment`."""
        embed = [n for n, each in store.deployments.items() if "embeddings" in each["capabilities"]]
        speak = [name for name in store.deployments if name not in embed]
        return {
            "endpoint": self.endpoint,
            "authority": self.authority,
            "bundle": self.bundle,
            "model": _first(speak),
            "embedding": _first(embed),
            "agent": _first(store.agents),
            "memory_store": _first(store.memory_stores),
            "identity_endpoint": f"{self._address}{PATH}",
            "identity_header": self.identity.header,
            "credential": "ManagedIdentityCredential",
            "pid": str(os.getpid()),
        }


def _first(names: Iterable[str]) -> str:
    return next(iter(names), "")


def _certificates() -> Certificates:
    from platformdirs import user_data_path

    from mcp_foundry.emulator.door.certificates import certificates

    return certificates(user_data_path("mcp-foundry", appauthor=False) / "certificates")
