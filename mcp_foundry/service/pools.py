"""Pools of connections: whom they trust, and past which proxy they go."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from mcp_foundry.contract.errors import NotSent

if TYPE_CHECKING:
    import ssl

    import aiohttp

_KEEP_ALIVE = 60.0


def open_pool(ca_bundle: str = "") -> aiohttp.TCPConnector:
    """Return a pool; its connections trust whom the file of certificates names, if there is one.

    Raises:
        NotSent: The file cannot be read.
    """
    import aiohttp

    trusted = _trusted(ca_bundle) if ca_bundle else True
    return aiohttp.TCPConnector(limit=0, keepalive_timeout=_KEEP_ALIVE, ssl=trusted)


def _trusted(ca_bundle: str) -> ssl.SSLContext:
    import ssl

    try:
        return ssl.create_default_context(cafile=ca_bundle)
    except OSError as wrong:
        raise NotSent(
            "not_configured",
            f"the certificate authorities in '{ca_bundle}' cannot be read ({wrong}). Correct "
            "REQUESTS_CA_BUNDLE or SSL_CERT_FILE.",
        ) from wrong


def proxy_of(url: str) -> str | None:
    """Return the proxy that the environment names for `url`, as aiohttp's `trust_env` would."""
    parts = urlsplit(url)
    return None if proxy_bypass(parts.hostname or "") else getproxies().get(parts.scheme)
