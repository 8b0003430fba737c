"""The parts of the service's page that are made from what is shipped for it, and from the code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mcp_foundry.entra.failures import rows
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

    consent = (
        f"consent for everybody to `{permission['scope']}` (`{permission['scopeId']}`) of "
        f"{permission['name']} (`{permission['appId']}`)"
    )
    rows = (
        ("people who ask, each in their own name", named("agentConsumer"), "on the project"),
        ("those of them who do anything else", named("foundryUser"), "on the project"),
        ("the server, in its own name", named("foundryUser"), "on the project"),
        (
            "the same, to say to hosted agents for whom it asks",
            f"a role of your own with the data action `{KNOWN['speaking']['action']}`, which no role "
            "of Azure's has",
            "on the project",
        ),
        ("the service, in people's names", consent, "in Entra"),
        ("who may write to the project", "the role `Agents.Manage`", "of the service, in Entra"),
        ("an application", "the role `Agents.Ask.All`", "of the service, in Entra"),
    )
    return table(("who", "needs", "where"), rows)


def failures() -> str:
    """What Entra says in an exchange, what a caller is told of it, and what to do."""
    return table(("Entra says", "the caller is told", "what it means, and what to do"), rows())
