"""Foreign exceptions, translated; the only place that knows them."""

from __future__ import annotations

import sys
from json import JSONDecodeError
from typing import Any, cast
from urllib.parse import urlsplit

from mcp_foundry.errors import FoundryError, NotSent, refused, without_secrets


def explain(exception: BaseException, about: str, endpoint: str = "") -> FoundryError:
    """Return what a caller is told of `exception`.

    Args:
        exception: Anything that a request raised; groups are looked into.
        about: What was asked, as the sentence's subject: `agent 'helper'`.
        endpoint: The project, for the sentence.
    """
    if isinstance(exception, FoundryError):
        return exception
    if inner := getattr(exception, "exceptions", None):
        return explain(cast("tuple[BaseException, ...]", inner)[0], about, endpoint)
    # Azure is asked only if it is there: a failure before its import cannot be of its kind.
    if "azure.core.exceptions" in sys.modules:
        translated = _of_azure(exception, about, endpoint)
        if translated:
            return translated
    if isinstance(exception, TimeoutError):
        return FoundryError(
            "timeout", f"{about}: the service did not answer in time. Try again later."
        )
    if isinstance(exception, OSError):
        return _no_connection(exception, about, endpoint)
    return FoundryError(
        "internal",
        f"{about}: mcp-foundry failed ({type(exception).__name__}). Its log on stderr has the "
        "details; please report it.",
    )


def _of_azure(exception: BaseException, about: str, endpoint: str) -> FoundryError | None:
    from azure.core import exceptions as azure

    if isinstance(exception, azure.HttpResponseError) and exception.response is not None:
        response = cast("Any", exception.response)
        return refused(response.status_code, response.headers, _text(response), about)
    if isinstance(exception, azure.ClientAuthenticationError):
        chain = without_secrets(" ".join(str(exception).split()))[:900]
        return NotSent(
            "unauthenticated",
            f"{about}: no Azure credential works. Run `az login`, or set AZURE_CLIENT_ID, "
            "AZURE_TENANT_ID and AZURE_CLIENT_SECRET in the server's environment; then "
            f"`mcp-foundry check`. What was tried: {chain}",
        )
    if isinstance(exception, azure.ServiceRequestError | azure.ServiceResponseError):
        return _transport(exception, about, endpoint)
    if isinstance(exception, JSONDecodeError):
        # azure-ai-agents 1.1 parses an error's body as JSON before it looks at the status.
        return FoundryError(
            "service_unavailable",
            f"{about}: the service or a gateway before it answered with something else than JSON. "
            f"Is the endpoint {endpoint} right? If so, try again later.",
        )
    return None


def _transport(exception: Any, about: str, endpoint: str) -> FoundryError:
    import aiohttp
    from azure.core.exceptions import ServiceRequestTimeoutError, ServiceResponseTimeoutError

    cause = exception.__cause__ or getattr(exception, "inner_exception", None) or exception
    # azure-core calls every aiohttp error a ServiceRequestError; only these come before sending.
    if isinstance(cause, aiohttp.ClientConnectorError | aiohttp.ClientProxyConnectionError):
        return _no_connection(cause, about, endpoint)
    if isinstance(exception, ServiceRequestTimeoutError):
        return NotSent(
            "connection_failed",
            f"{about}: no connection to {endpoint} within the time for connecting, so nothing was "
            "started. Check the network, the proxy and the endpoint; then ask again.",
        )
    if isinstance(exception, ServiceResponseTimeoutError):
        return FoundryError(
            "timeout", f"{about}: the service at {endpoint} took the request and then said nothing."
        )
    return FoundryError(
        "connection_failed",
        f"{about}: the connection to {endpoint} broke ({type(cause).__name__}).",
    )


def _no_connection(cause: BaseException, about: str, endpoint: str) -> FoundryError:
    import ssl

    import aiohttp

    host = urlsplit(endpoint).hostname or endpoint
    remedy = "Check that the network reaches it, and HTTPS_PROXY if there is a proxy."
    if isinstance(cause, aiohttp.ClientProxyConnectionError):
        what, remedy = "the proxy does not answer", "Check HTTPS_PROXY and NO_PROXY."
    elif isinstance(cause, aiohttp.ClientConnectorCertificateError | ssl.SSLError) or (
        isinstance(cause, aiohttp.ClientSSLError)
    ):
        what = "its TLS certificate is not trusted"
        remedy = "Set SSL_CERT_FILE to the certificate authorities of your company's proxy."
    elif isinstance(cause, aiohttp.ClientConnectorDNSError):
        what, remedy = "the name is not known", "Check the spelling of FOUNDRY_PROJECT_ENDPOINT."
    else:
        what = str(getattr(cause, "strerror", "") or type(cause).__name__)
    return NotSent(
        "connection_failed",
        f"{about}: no connection to {host}: {what}. Nothing was started. {remedy}",
    )


def _text(response: Any) -> str:
    try:
        return str(response.text())
    except Exception:  # noqa: BLE001 - a body that cannot be read says nothing, whatever the reason
        return ""
