"""The parts of the service's page that are made from what is shipped for it, and from the code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mcp.server.transport_security import DEFAULT_MAX_REQUEST_BODY_SIZE

from mcp_foundry.entra.failures import rows
from mcp_foundry.entra.kinds import STEP_UP
from mcp_foundry.entra.tokens import LONGEST
from mcp_foundry.settings.values import Settings
from mcp_foundry.transport.http.sessions import MOST
from tests.docs.tables import table

KNOWN: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "packaging/azure/infra/known.json").read_text("utf-8")
)
"""Ids and addresses that are not ours, as the templates for Azure read them."""


def hosts() -> str:
    """Every host, as which client it comes, and the addresses that it comes back to."""

    def row(host: dict[str, Any]) -> tuple[str, ...]:
        named = f"`{host['client']}`"
        own = f"its own (`{KNOWN['preAuthorized']['vsCode']}`), authorized beforehand"
        addresses = " ".join(f"`{address}`" for address in host["redirectUris"])
        if "ofItsOwn" in host:
            addresses = f"`{host['ofItsOwn']}`, whose ID your URL makes: register it as below"
        return host["name"], named if addresses else own, addresses or "none"

    return table(("host", "client id", "comes back to"), map(row, KNOWN["hosts"]))


def rights() -> str:
    """What is needed of whom, and where it is given."""
    permission = KNOWN["permission"]

    def named(role: str) -> str:
        return f"*{KNOWN['roles'][role]['name']}* (`{KNOWN['roles'][role]['id']}`)"

    speaking = (
        f"a role of your own with the data action `{KNOWN['speaking']['action']}`: none of Azure's "
        "has it"
    )
    consent = (
        f"consent for everybody to `{permission['scope']}` (`{permission['scopeId']}`) of "
        f"{permission['name']} (`{permission['appId']}`)"
    )
    rows = (
        ("people who ask, each in their own name", named("agentConsumer"), "on the project"),
        ("those of them who do anything else", named("foundryUser"), "on the project"),
        ("the server, in its own name", named("foundryUser"), "on the project"),
        ("the same, to say to hosted agents for whom it asks", speaking, "on the project"),
        ("the service, in people's names", consent, "in Entra"),
        ("who may write to the project", "the role `Agents.Manage`", "of the service, in Entra"),
        ("an application", "the role `Agents.Ask.All`", "of the service, in Entra"),
    )
    return table(("who", "needs", "where"), rows)


def limits() -> str:
    """What one caller, or all of them, may have at once, and what sets it."""
    many = Settings.read({"MCP_FOUNDRY_AUTH": "entra"})
    budget = f"{many.budget}" if many.budget else "no limit"
    rows = (
        ("runs under way at once, a replica", f"{many.concurrency}", "`--concurrency`"),
        ("of them one caller's", f"{many.per_user}", "`MCP_FOUNDRY_PER_USER`"),
        ("tokens that each caller may spend in any hour, a replica", budget, "`--budget`"),
        (
            "seconds that a call waits before it hands its answer over",
            f"{many.max_wait:g}",
            "`--max-wait`",
        ),
        ("sessions of one caller, a replica, where there are sessions", f"{MOST}", "nothing"),
        ("MiB of a request's body", f"{DEFAULT_MAX_REQUEST_BODY_SIZE / 2**20:g}", "nothing"),
        ("characters of a token", f"{LONGEST:,}", "nothing"),
    )
    return table(("of", "is", "set by"), rows)


def failures() -> str:
    """What Entra says in an exchange, what a caller is told of it, and what to do."""
    # Without claims no new sign-in would bring more: a tool tells it.
    without = f"{STEP_UP.told}; without `claims` `{STEP_UP.code}`"
    told = (
        (said, without if said == STEP_UP.said else answer, advice)
        for said, answer, advice in rows()
    )
    return table(("Entra says", "the caller is told", "what it means, and what to do"), told)
