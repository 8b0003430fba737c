"""`mcp-foundry probe`: what of the service's protocol holds on this project."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import anyio

from mcp_foundry.commands.arguments import UsageError
from mcp_foundry.commands.emulate import project
from mcp_foundry.commands.probing.blanks import Blanks
from mcp_foundry.commands.probing.course import Course, questions
from mcp_foundry.commands.probing.refusing import REFUSED
from mcp_foundry.commands.probing.report import Report
from mcp_foundry.commands.probing.requests import Route
from mcp_foundry.commands.probing.subject import Subject
from mcp_foundry.commands.probing.waiting import LOOPBACK, Patience
from mcp_foundry.commands.talking.person import typed_line
from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.contract.identifiers import check_agent, is_classic
from mcp_foundry.project.session import open_session
from mcp_foundry.transport.shutdown import interruptible

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import SimpleNamespace
    from typing import Any

    from mcp_foundry.commands.probing.findings import Finding
    from mcp_foundry.project.session import FoundrySession
    from mcp_foundry.settings.values import Settings


def run(settings: Settings, options: SimpleNamespace) -> int:
    """Do what the command line asks; see `Probe.run`."""
    probe = Probe("".join(options.words), options.json, options.yes)
    return probe.run(settings, options.emulation)


@dataclass(frozen=True)
class Probe:
    """One probe from the command line.

    Attributes:
        agent: Whom to ask; empty for the default agent.
        as_json: Print one JSON object instead of a table.
        agreed: Ask nobody whether the questions may be paid for.
    """

    agent: str = ""
    as_json: bool = False
    agreed: bool = False

    def run(self, settings: Settings, emulation: Mapping[str, Any] | None) -> int:
        """Try the points, and print what was found.

        Args:
            settings: What the user set.
            emulation: See `project`.

        Returns:
            The exit code: 0 where it could probe, whatever was found; 1 where the project could
            not be reached or took no question; 128 + n after signal n.

        Raises:
            UsageError: Nobody agreed, and nobody can be asked; or there is no such agent to probe.
        """
        if not self.agreed and not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise UsageError(
                "probe asks questions that are paid for, and there is no terminal to ask whether "
                "it may: pass --yes."
            )
        outcome: list[Report | UsageError | FoundryError | None] = []

        async def probing() -> int:
            with interruptible() as shutdown:
                async with project(settings, emulation) as chosen, open_session(chosen) as foundry:
                    # An exception would leave the session's task group as a group.
                    try:
                        outcome.append(await self.report(foundry))
                    except (UsageError, FoundryError) as failure:
                        outcome.append(failure)
            return shutdown.code

        code = anyio.run(probing)
        if code:
            sys.stderr.write("mcp-foundry: interrupted\n")
            return code
        return self._show(outcome[0])

    async def report(self, foundry: FoundrySession) -> Report | None:
        """Return what was found; None where the person said no.

        Raises:
            UsageError: There is no such agent to probe.
            FoundryError: The project cannot be reached.
        """
        agent = self._agent(foundry)
        subject = await Subject.of(foundry, agent)
        tools, settings = subject.tools, foundry.settings
        if not await self._agreed(agent, subject):
            return None
        names = (agent, agent.partition(":")[0], tools.function, tools.server, tools.tool)
        blank = Blanks(settings.endpoint, names)
        patience = LOOPBACK if settings.on_loopback else Patience()
        route = Route(foundry, agent, subject.place(agent, settings.route), blank, patience)
        begun = time.monotonic()
        findings = await Course(route, subject, _tell).run()
        kind = blank(subject.kind) or "unknown"
        seconds = time.monotonic() - begun
        return Report(kind, settings.on_loopback, route.taken, seconds, findings)

    def _agent(self, foundry: FoundrySession) -> str:
        agent = self.agent or foundry.settings.agent
        if not agent:
            raise UsageError("probe needs an agent: name one, or set FOUNDRY_AGENT_NAME.")
        if is_classic(agent):
            raise UsageError(
                f"probe tries the current generation of agents, and '{agent}' is a classic one: "
                "name an agent as NAME or NAME:VERSION."
            )
        if agent.partition(":")[0] in foundry.settings.local:
            raise UsageError(
                f"probe tries a project, and '{agent}' runs on this machine: name an agent of the "
                "project."
            )
        try:
            check_agent(agent)
            foundry.check_allowed(agent)
        except FoundryError as wrong:
            raise UsageError(str(wrong)) from None
        return agent

    async def _agreed(self, agent: str, subject: Subject) -> bool:
        """Tell what it costs, and ask whether it may."""
        count = questions(subject.tools, hosted=subject.hosted)
        # Whatever names no session begins one, and a container is paid for while it idles.
        container = " Each may start a container of the hosted agent." if subject.hosted else ""
        sys.stderr.write(
            f"This asks agent '{agent}' {count} questions, each of which is paid for, and "
            f"{REFUSED} that should be refused; it takes up to two minutes.{container}\n"
        )
        if self.agreed:
            return True
        sys.stderr.write("Go on? [y/N] ")
        sys.stderr.flush()
        return (await typed_line(sys.stdin.fileno())).strip().lower() in {"y", "yes"}

    def _show(self, outcome: Report | UsageError | FoundryError | None) -> int:
        if isinstance(outcome, UsageError):
            raise outcome
        if outcome is None:
            sys.stderr.write("mcp-foundry: nothing was asked.\n")
            return 1
        if isinstance(outcome, FoundryError):
            sys.stderr.write(f"{outcome.code}: {outcome}\n")
            return 1
        if self.as_json:
            sys.stdout.write(f"{json.dumps(outcome.as_json(), indent=2)}\n")
        elif not (sys.stdout.isatty() and _drawn(outcome)):
            sys.stdout.write(f"{outcome.as_text()}\n")
        return outcome.code


def _tell(finding: Finding) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"{finding.verdict:9}  {finding.number} {finding.point}\n")
        sys.stderr.flush()


def _drawn(report: Report) -> bool:
    """Draw the table, where that is possible."""
    try:
        from mcp_foundry.commands.drawing import draw_table
    except ImportError:  # rich is an extra
        return False
    return draw_table(report.rows(), folds=True)
