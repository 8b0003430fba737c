"""How a chat is opened: with whom, where, and who types."""

from __future__ import annotations

import gc
import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import anyio

from mcp_foundry.commands.arguments import UsageError
from mcp_foundry.commands.chatting.agents import Agents, NoAgentError
from mcp_foundry.commands.chatting.lines import PlainLines
from mcp_foundry.commands.chatting.room import Room
from mcp_foundry.commands.chatting.telling import tell
from mcp_foundry.commands.emulate import project
from mcp_foundry.commands.outcome import FAILED
from mcp_foundry.commands.talking.attached import attached
from mcp_foundry.commands.talking.going_on import GoingOn
from mcp_foundry.commands.talking.person import person_here
from mcp_foundry.commands.talking.stdin import is_terminal
from mcp_foundry.commands.talking.stdout import open_stdout, report_failure
from mcp_foundry.commands.talking.values import need_types, read_values, typed
from mcp_foundry.commands.turns import open_talk
from mcp_foundry.transport.shutdown import interruptible

if TYPE_CHECKING:
    from types import SimpleNamespace

    from mcp_foundry.commands.chatting.lines import Lines
    from mcp_foundry.commands.talking.stdout import Stdout
    from mcp_foundry.commands.turns import Talk
    from mcp_foundry.settings.values import Settings
    from mcp_foundry.transport.shutdown import Shutdown


class Opening:
    """A chat from the command line.

    Args:
        settings: What the user set.
        options: The command line.

    Raises:
        UsageError: What is to go along cannot be read, or nobody can type.
    """

    def __init__(self, settings: Settings, options: SimpleNamespace) -> None:
        if sys.stdin is None:  # pyright: ignore[reportUnnecessaryComparison] - so it is where a window started the command
            raise UsageError("chat reads from stdin what to ask, and there is none.")
        for each in options.attached:
            attached(each, settings.limits.file)
        self._options = options
        self._going_on = GoingOn(settings, options)
        self._inputs = read_values(options.inputs)
        self._is_typed = is_terminal() and sys.stderr.isatty()
        # A person waits as long as they like: Ctrl+C is how they say that they do not.
        self._settings = replace(settings, max_wait=0)
        if self._is_typed and settings.approvals == "ask":
            # Who types here is the caller, and a person.
            self._settings = replace(self._settings, approvals="caller")

    def run(self) -> int:
        """Talk until a person ends it, or stdin does.

        Returns:
            The exit code: see `Room.stay`; 1 where the agent is not there, 128 + n after signal n.

        Raises:
            UsageError: No agent is named, or stdin cannot be read.
        """
        # An exception would leave the client's task group as a group.
        outcome: list[int | UsageError] = []
        failed: list[OSError] = []

        async def chatting() -> int:
            with person_here() as person:
                asked = None if self._is_typed else person
                async with (
                    project(self._settings, self._options.emulation) as chosen,
                    open_talk(chosen, asked) as talk,
                ):
                    gc.freeze()
                    gc.enable()
                    # Within the talk, so that what a signal cuts off can still be called off.
                    with interruptible() as shutdown:

                        def closed(why: OSError) -> None:
                            failed.append(why)
                            shutdown.begin(FAILED)

                        async with open_stdout(closed) as out:
                            outcome.append(await self._outcome(chosen, talk, out, shutdown))
            return shutdown.code

        interrupted = anyio.run(chatting)
        if failed:
            return report_failure(failed[0])
        if interrupted:
            return interrupted
        if isinstance(outcome[0], UsageError):
            raise outcome[0]
        return outcome[0]

    async def _outcome(
        self, settings: Settings, talk: Talk, out: Stdout, shutdown: Shutdown
    ) -> int | UsageError:
        agents = Agents(talk)
        try:
            told = await self._address(settings.agent, talk, agents)
            lines = self._lines(settings, agents)
            if self._is_typed:
                tell(f"{told} · /help tells what can be typed, Ctrl+D ends.")
            return await Room(
                talk,
                agents,
                out,
                lines,
                self._going_on,
                settings.limits.file,
                shutdown if self._is_typed else None,
                list(self._options.attached),
                typed(self._inputs, await talk.declared_inputs())
                if need_types(self._inputs)
                else self._inputs,
            ).stay()
        except NoAgentError as missing:
            tell(f"mcp-foundry: {missing}")
            return FAILED
        except UsageError as wrong:
            return wrong

    async def _address(self, default: str, talk: Talk, agents: Agents) -> str:
        """Decide with whom and where to talk, and return how a person is told.

        Raises:
            UsageError: That was left open.
            NoAgentError: There is no such agent.
        """
        talk.agent = "".join(self._options.words) or getattr(self._options, "agent", "")
        talk.conversation_id = self._options.conversation_id
        if self._options.go_on:
            talk.agent, talk.conversation_id = self._going_on.last(talk.agent)
        elif talk.conversation_id in {"", "new"}:
            talk.agent = talk.agent or default
            if not talk.agent:
                raise UsageError(
                    "chat with which agent? Name one, as in mcp-foundry chat helper; "
                    "mcp-foundry call list_agents lists them."
                )
        return await agents.find(talk.agent) if talk.agent else talk.conversation_id

    def _lines(self, settings: Settings, agents: Agents) -> Lines:
        """Return lines that are typed with an editor, where that is possible."""
        if self._is_typed and os.environ.get("TERM") not in {"dumb", "unknown"}:
            try:
                from mcp_foundry.commands.chatting.editor import Editor
            except ImportError:  # prompt_toolkit is an extra
                pass
            else:
                return Editor(agents.known)
        return PlainLines(settings.limits.message, are_typed=self._is_typed)
