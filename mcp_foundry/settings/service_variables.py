"""The variables of a service for many: who may call, and in whose name Foundry is asked."""

from __future__ import annotations

from mcp_foundry.settings import checks
from mcp_foundry.settings.variable import Variable

SERVICE_VARIABLES: tuple[Variable, ...] = (
    Variable(
        "auth",
        ("MCP_FOUNDRY_AUTH",),
        "--auth",
        checks.one_of("none", "entra"),
        "entra",
        "who may call over HTTP: `none`: whoever reaches the port, which then is on loopback; "
        "`entra`: those who sign in with Microsoft Entra ID",
    ),
    Variable(
        "identity",
        ("MCP_FOUNDRY_IDENTITY",),
        "--identity",
        checks.one_of("user", "server"),
        "server",
        "in whose name Foundry is asked under `entra`: `user`: in each caller's own; `server`: in "
        "this server's",
    ),
    Variable(
        "host",
        ("MCP_FOUNDRY_HOST",),
        "--host",
        checks.host,
        "0.0.0.0",  # noqa: S104 - what a container listens on
        "the address that `serve --http` listens on; other than loopback only under `entra`",
    ),
    Variable(
        "public_url",
        ("MCP_FOUNDRY_PUBLIC_URL",),
        "",
        checks.public_url,
        "https://mcp.contoso.com/mcp",
        "where clients reach the service, with a path; also the Application ID URI of its "
        "registration in Entra",
    ),
    Variable(
        "tenant_id",
        ("MCP_FOUNDRY_TENANT_ID",),
        "",
        checks.guid,
        "8f6b1c3e-0d52-4a8e-9f0e-2b7c1d5a6e40",
        "the one tenant whose people and applications may call",
    ),
    Variable(
        "client_id",
        ("MCP_FOUNDRY_CLIENT_ID",),
        "",
        checks.guid,
        "5c2f9d1a-7b3e-4c60-8a1d-9e4f0b6c7d21",
        "the application (client) id of the service's registration, which tokens are made for",
    ),
    Variable(
        "keys",
        ("MCP_FOUNDRY_KEYS",),
        "",
        checks.keys,
        "$(openssl rand -base64 48)",
        "secrets of at least 32 bytes between commas, the same on every replica; the first binds "
        "ids to callers, and all are accepted",
        secret=True,
    ),
    Variable(
        "federated_client_id",
        ("MCP_FOUNDRY_FEDERATED_CLIENT_ID",),
        "",
        checks.guid,
        "1f0e2d3c-4b5a-4968-8776-655443322110",
        "under `user`: the client id of the managed identity that the registration trusts, instead "
        "of a secret",
    ),
    Variable(
        "token_file",
        ("MCP_FOUNDRY_TOKEN_FILE", "AZURE_FEDERATED_TOKEN_FILE"),
        "",
        str,
        "/var/run/secrets/azure/tokens/azure-identity-token",
        "under `user`: the file with the token that the registration trusts, as Kubernetes writes "
        "one",
    ),
    Variable(
        "client_certificate",
        ("MCP_FOUNDRY_CLIENT_CERTIFICATE",),
        "",
        str,
        "/run/secrets/bridge.pem",
        "under `user`: the file (PEM) with the registration's certificate and its key",
    ),
    Variable(
        "client_secret",
        ("MCP_FOUNDRY_CLIENT_SECRET",),
        "",
        str,
        "the value of a client secret",
        "under `user`: the registration's client secret, where nothing better is to be had",
        secret=True,
    ),
    Variable(
        "origins",
        ("MCP_FOUNDRY_ORIGINS",),
        "",
        checks.origins,
        "https://chat.contoso.com",
        "web pages that may call, between commas, beside the public URL's own",
    ),
    Variable(
        "sessions",
        ("MCP_FOUNDRY_SESSIONS",),
        "",
        checks.switch,
        "on",
        "whether hosts of the older protocol get a session, in which a person can be asked: for "
        "one replica, or behind a balancer that sticks to `Mcp-Session-Id`",
    ),
    Variable(
        "per_user",
        ("MCP_FOUNDRY_PER_USER",),
        "",
        checks.count,
        "20",
        "runs that one caller may have under way at once, under `entra`",
    ),
    Variable(
        "authority",
        ("AZURE_AUTHORITY_HOST",),
        "",
        checks.authority,
        "https://login.microsoftonline.us",
        "where Entra is, for signing in and for tokens",
    ),
)
