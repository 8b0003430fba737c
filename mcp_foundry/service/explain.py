"""Foreign exceptions, translated; the only place that knows them."""

from __future__ import annotations

import asyncio
import logging
import re
import sys
from json import JSONDecodeError
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from mcp_foundry.contract.errors import FoundryError, NotSent
from mcp_foundry.contract.redaction import without_secrets
from mcp_foundry.service.refusals import refused
from mcp_foundry.settings.checks import is_project
from mcp_foundry.settings.values import Settings

if TYPE_CHECKING:
    from aiohttp import ClientError
    from azure.core.rest import AsyncHttpResponse, HttpResponse

logger = logging.getLogger(__name__)
_UNKNOWN = Settings()
# Two classes before Python 3.11.
_LATE = (TimeoutError, asyncio.TimeoutError)
_OBVIOUS = re.compile(r"^\w+Credential authentication unavailable[.] ")


def explain(exception: BaseException, about: str, settings: Settings = _UNKNOWN) -> FoundryError:
    """Return what a caller is told of `exception`.

    Args:
        exception: Anything that a request raised; groups are looked into.
        about: What was asked, as the subject of the sentence: `agent 'helper'`.
        settings: Where it was asked and within which limits, for the sentence.
    """
    if isinstance(exception, FoundryError):
        return exception
    if inner := getattr(exception, "exceptions", None):
        return explain(cast("tuple[BaseException, ...]", inner)[0], about, settings)
    # Azure is asked only if it is there: a failure before its import cannot be of its kind.
    if "azure.core.exceptions" in sys.modules:
        translated = _of_azure(exception, about, settings)
        if translated:
            return translated
    if isinstance(exception, _LATE):
        return FoundryError(
            "timeout", f"{about}: the service did not answer in time. Try again later."
        )
    if isinstance(exception, OSError):
        return _broken_connection(exception, about, settings)
    return FoundryError(
        "internal",
        f"{about}: mcp-foundry failed ({type(exception).__name__}). Its log on stderr has the "
        "details; please report it.",
    )


def _of_azure(exception: BaseException, about: str, settings: Settings) -> FoundryError | None:
    from azure.core import exceptions as azure

    if isinstance(exception, azure.HttpResponseError) and exception.response is not None:
        response = cast("HttpResponse", exception.response)
        text, asks_as = text_of(response), settings.asks_as
        return refused(response.status_code, response.headers, text, about, asks_as)
    if isinstance(exception, azure.ClientAuthenticationError):
        chain = without_secrets(_reasons(str(exception)))
        if settings.asks_as:
            # Whoever calls can do nothing about it, and is not told how this server is set up.
            logger.error("no Azure credential works: %s", chain)
            return NotSent(
                "unauthenticated",
                f"{about}: this server cannot sign in to Azure, so nothing was asked. Tell whoever "
                "runs it, who finds on its stderr what was tried.",
            )
        return NotSent(
            "unauthenticated",
            f"{about}: no Azure credential works. Run `az login`, or set AZURE_CLIENT_ID, "
            "AZURE_TENANT_ID and AZURE_CLIENT_SECRET in the server's environment; then "
            f"`mcp-foundry check`. What was tried: {chain}",
        )
    if isinstance(
        exception,
        azure.ServiceRequestError | azure.ServiceResponseError | azure.IncompleteReadError,
    ):
        return _of_transport(exception, about, settings)
    if isinstance(exception, JSONDecodeError):
        # azure-ai-agents 1.1 parses an error's body as JSON before it looks at the status.
        return FoundryError(
            "service_unavailable",
            f"{about}: the service or a gateway before it answered with something else than JSON. "
            f"Is the endpoint {settings.endpoint} right? If so, try again later.",
        )
    return None


def _reasons(said: str) -> str:
    """Return the credential chain's own words: a reason for each credential, no links."""
    found: list[tuple[str, str]] = re.findall(r"(?m)^\s*(\w+)Credential: (.*)$", said)
    told = "; ".join(
        f"{name}Credential: {re.split(r'[.](?: |$)', _OBVIOUS.sub('', reason))[0]}"
        for name, reason in found
    )
    return told or " ".join(said.split())[:900]


def _of_transport(exception: BaseException, about: str, settings: Settings) -> FoundryError:
    import aiohttp

    cause = exception.__cause__ or getattr(exception, "inner_exception", None) or exception
    host = _host(settings)
    # azure-core calls every aiohttp error a ServiceRequestError; only these come before sending.
    if isinstance(cause, aiohttp.ConnectionTimeoutError):
        return NotSent(
            "connection_failed",
            f"{about}: no connection to {host} within {settings.limits.connect:g} s, so nothing "
            "was started. Check the network, the proxy and the endpoint; then ask again.",
        )
    if isinstance(cause, aiohttp.ClientConnectorError | aiohttp.ClientHttpProxyError):
        what, remedy = _obstacle(cause, settings.endpoint)
        return NotSent(
            "connection_failed",
            f"{about}: no connection to {host}: {what}. Nothing was started. {remedy}",
        )
    if isinstance(cause, _LATE):
        return FoundryError(
            "timeout",
            f"{about}: {host} took the request and then said nothing for "
            f"{settings.limits.silence:g} s.",
        )
    return _broken_connection(cause, about, settings)


def _obstacle(cause: ClientError, endpoint: str) -> tuple[str, str]:
    """Return what is in the way, and the remedy."""
    import aiohttp

    proxy = "Check HTTPS_PROXY and NO_PROXY."
    if isinstance(cause, aiohttp.ClientHttpProxyError):
        return f"the proxy refused with HTTP {cause.status}", proxy
    if isinstance(cause, aiohttp.ClientProxyConnectionError):
        return "the proxy does not answer", proxy
    if isinstance(cause, aiohttp.ClientConnectorCertificateError):
        return (
            "its TLS certificate is not trusted",
            "Set SSL_CERT_FILE to the certificate authorities of your company's proxy.",
        )
    if isinstance(cause, aiohttp.ClientSSLError):
        return (
            "it does not speak TLS as expected",
            "Check the endpoint and its port, and HTTPS_PROXY if there is a proxy.",
        )
    if isinstance(cause, aiohttp.ClientConnectorDNSError):
        return "the name is not known", "Check the spelling of FOUNDRY_PROJECT_ENDPOINT."
    return (
        str(getattr(cause, "strerror", "") or type(cause).__name__),
        "Check that the network reaches it, and HTTPS_PROXY if there is a proxy."
        if is_project(endpoint)
        else "Is the agent running? Start it, as with `azd ai agent run`.",
    )


def _broken_connection(cause: BaseException, about: str, settings: Settings) -> FoundryError:
    how = type(cause).__name__
    return FoundryError(
        "connection_failed", f"{about}: the connection to {_host(settings)} broke ({how})."
    )


def _host(settings: Settings) -> str:
    url = urlsplit(settings.endpoint)
    return (url.hostname or "the project") if is_project(settings.endpoint) else url.netloc


def text_of(response: HttpResponse | AsyncHttpResponse) -> str:
    """Return the body of a refusal; nothing where it did not arrive or is no text."""
    try:
        return str(response.text())
    except Exception:  # noqa: BLE001 - whatever the reason, it says nothing
        return ""
