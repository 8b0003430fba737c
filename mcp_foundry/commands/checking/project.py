"""Whether the project can be reached, and by which credential."""

from __future__ import annotations

import logging
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mcp_foundry.commands.checking.line import Line
from mcp_foundry.contract.errors import FoundryError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator

    from mcp_foundry.project.session import FoundrySession

_ABOUT = "the project"
_ANY_AGENT = "/agents?api-version=v1&limit=1"
_ASKING = "/openai/v1/responses"


async def reach(foundry: FoundrySession) -> AsyncIterator[Line]:
    """Ask the project for one agent, which needs the credential first."""
    settings, failure = foundry.settings, None
    with _credential_used() as used:
        try:
            found = await foundry.wire.fetch("GET", _ANY_AGENT, _ABOUT)
        except FoundryError as error:
            found, failure = {}, error
    if settings.on_loopback:
        yield Line("ok", "credential", "none needed for a loopback project")
    elif used or failure is None:
        yield Line("ok", "credential", used[-1] if used else "found")
    else:
        yield Line("FAIL", "credential", _said(failure))
        yield Line("skip", "project", "not asked without a credential")
        return
    # Listing agents needs less than asking them does.
    narrow = settings.route == "agent"
    if narrow and failure is not None and failure.code == "forbidden":
        told = "reached; this role may not list its agents, and --route agent need not"
        yield Line("ok", "project", told)
        return
    if failure is None and not narrow:
        failure = await _missing_role(foundry)
    if failure is not None:
        yield Line("FAIL", "project", f"{failure.code}: {_said(failure)}")
        return
    some = "has agents" if found.get("data") else "has no agents yet of the new generation"
    yield Line("ok", "project", f"reached; it {some}")


def _said(failure: FoundryError) -> str:
    return str(failure).removeprefix(f"{_ABOUT}: ")


async def _missing_role(foundry: FoundrySession) -> FoundryError | None:
    """Ask for what cannot be answered, since a role is looked at before the question is."""
    try:
        await foundry.wire.fetch("POST", _ASKING, _ABOUT, body={})
    except FoundryError as refusal:
        return refusal if refusal.code == "forbidden" else None
    return None


@contextmanager
def _credential_used() -> Generator[list[str]]:
    """Yield a list that gets the name of each credential that gave a token.

    azure-identity tells it in its log only.
    """
    used: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if said := re.search(r"acquired a token from (\w+)", record.getMessage()):
                used.append(said[1])

    logger, listener = logging.getLogger("azure.identity"), Listener()
    level, propagate = logger.level, logger.propagate
    logger.addHandler(listener)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    try:
        yield used
    finally:
        logger.removeHandler(listener)
        logger.setLevel(level)
        logger.propagate = propagate
