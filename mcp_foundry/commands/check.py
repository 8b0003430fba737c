"""`mcp-foundry check`: would this work, and if not, what to do."""

from __future__ import annotations

import logging
import re
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import anyio

from mcp_foundry.commands.emulate import project
from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.contract.identifiers import check_agent
from mcp_foundry.project.session import open_session
from mcp_foundry.transport.shutdown import interruptible

if TYPE_CHECKING:
    from collections.abc import Generator
    from types import SimpleNamespace

    from mcp_foundry.project.session import FoundrySession
    from mcp_foundry.settings.values import Settings

_PROJECT = "the project"
_ANY_AGENT = "/agents?api-version=v1&limit=1"
_ASKING = "/openai/v1/responses"


def run(settings: Settings, options: SimpleNamespace) -> int:
    """Print a line for each thing that a question needs.

    Returns:
        The exit code: 0, or 1 where something fails.
    """

    async def checking() -> int:
        with interruptible() as shutdown:
            async with (
                project(settings, options.emulation) as chosen,
                open_session(chosen) as foundry,
            ):
                return await _Checks(foundry).run()
        return shutdown.code

    return anyio.run(checking)


class _Checks:
    """The checks, each on the ground of the one before."""

    def __init__(self, foundry: FoundrySession) -> None:
        self._foundry = foundry
        self._settings = foundry.settings
        self._failed = False

    async def run(self) -> int:
        places = filter(None, (self._settings.endpoint, *self._settings.local.values()))
        self._tell("ok", "settings", ", ".join(places))
        for name in self._settings.local:
            await self._look(f"agent '{name}' on this machine", name)
        if not self._settings.endpoint:
            lacks = "none set, so there are no listings, conversations, deployments or memory"
            self._tell("skip", "project", lacks)
        elif await self._project():
            await self._default_agent()
        else:
            self._tell("skip", "default agent", "not looked for")
        return int(self._failed)

    async def _look(self, what: str, agent: str, remedy: str = "") -> None:
        try:
            check_agent(agent)
            self._foundry.check_allowed(agent)
            await self._foundry.generations.catalog_of(agent).check(agent)
        except FoundryError as failure:
            self._tell("FAIL", what, f"{failure.code}: {failure} {remedy}")
        else:
            self._tell("ok", what, self._settings.local.get(agent, agent))

    async def _project(self) -> bool:
        """Ask the project for one agent, which needs the credential first."""
        failure: FoundryError | None = None
        with _credential_used() as used:
            try:
                found = await self._foundry.wire.fetch("GET", _ANY_AGENT, _PROJECT)
            except FoundryError as error:
                found, failure = {}, error
        if self._settings.on_loopback:
            self._tell("ok", "credential", "none needed for a loopback project")
        elif used or failure is None:
            self._tell("ok", "credential", used[-1] if used else "found")
        else:
            self._tell("FAIL", "credential", str(failure).removeprefix(f"{_PROJECT}: "))
            self._tell("skip", "project", "not asked without a credential")
            return False
        # Listing agents needs less than asking them does.
        narrow = self._settings.route == "agent"
        if narrow and failure is not None and failure.code == "forbidden":
            told = "reached; this role may not list its agents, and --route agent need not"
            self._tell("ok", "project", told)
            return True
        if failure is None and not narrow:
            failure = await self._missing_role()
        if failure is not None:
            self._tell(
                "FAIL", "project", f"{failure.code}: {str(failure).removeprefix(f'{_PROJECT}: ')}"
            )
            return False
        some = "has agents" if found.get("data") else "has no agents yet of the new generation"
        self._tell("ok", "project", f"reached; it {some}")
        return True

    async def _missing_role(self) -> FoundryError | None:
        """Ask for what cannot be answered, since a role is looked at before the question is."""
        try:
            await self._foundry.wire.fetch("POST", _ASKING, _PROJECT, body={})
        except FoundryError as refusal:
            return refusal if refusal.code == "forbidden" else None
        return None

    async def _default_agent(self) -> None:
        agent = self._settings.agent
        if not agent:
            unset = "none set (FOUNDRY_AGENT_NAME), so every call has to name one"
            self._tell("ok", "default agent", unset)
            return
        await self._look("default agent", agent, "Correct FOUNDRY_AGENT_NAME.")

    def _tell(self, word: str, what: str, how: str) -> None:
        self._failed |= word == "FAIL"
        with suppress(BrokenPipeError):  # `main` notices it once no task group is in the way
            sys.stdout.write(f"{word:4}  {what}: {' '.join(how.split())}\n")
            sys.stdout.flush()


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
