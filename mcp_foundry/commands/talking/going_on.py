"""How a conversation goes on in another command: what is remembered of it, and what to type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcp_foundry.commands.arguments import UsageError
from mcp_foundry.commands.next_to_type import in_shell, place_of, told_what_next
from mcp_foundry.commands.talking.remembered import Remembered

if TYPE_CHECKING:
    from types import SimpleNamespace

    from mcp_foundry.settings.values import Settings

Json = dict[str, Any]


class GoingOn:
    """What one command knows of others.

    Args:
        settings: Those of the project.
        options: The command line.

    Raises:
        UsageError: The command is to go on with what its own emulator cannot know.
    """

    def __init__(self, settings: Settings, options: SimpleNamespace) -> None:
        self.embedded = options.emulation is not None
        if options.go_on and self.embedded:
            from mcp_foundry.server.forgetting import ENDS

            raise UsageError(f"--continue has nothing to go on with. {ENDS}")
        self._settings = settings
        self._command = options.command
        self._place = place_of(options)
        self._complaint = ""

    def last(self, agent: str) -> tuple[str, str]:
        """Return who answers in the last conversation, and its id.

        Args:
            agent: With whom; empty for any.

        Raises:
            UsageError: There is none.
        """
        try:
            last = Remembered(self._settings).last(agent)
        except OSError as wrong:
            raise UsageError(
                f"--continue: what was remembered cannot be read: {wrong}. Pass --conversation ID."
            ) from None
        if last is None:
            whom = f" with '{agent}'" if agent else ""
            raise UsageError(
                f"--continue: no conversation{whom} in this project is remembered on this machine. "
                f"{self._command.capitalize()} without --continue, or pass --conversation ID."
            )
        return agent or last.agent, last.conversation_id

    def remember(self, answer: Json, asked: str) -> None:
        """Remember the conversation that an answer belongs to, where that is possible.

        Args:
            answer: What came.
            asked: Whom the command line names.
        """
        conversation, agent = answer.get("conversation_id", ""), answer.get("agent", "")
        name = agent.partition(":")[0]
        if self.embedded or not conversation or not name:
            return
        # With a version only where one was asked for: another may answer next time.
        for given in (asked, self._settings.agent):
            if given.partition(":")[0] == name:
                name = given
                break
        try:
            Remembered(self._settings).note(name, conversation)
        except OSError as wrong:
            self._complaint = str(wrong)

    def lack(self, answer: Json) -> str:
        """Return what an answer lacks and what to type; see `told_what_next`."""
        return told_what_next(answer, self._place)

    def way(self, conversation: str, *words: str) -> str:
        """Return what to type to go on with a conversation that was remembered.

        Args:
            conversation: Its id; empty where there is none, and nothing to type.
            words: What else the command takes.
        """
        if not conversation:
            return ""
        if self.embedded:
            from mcp_foundry.server.forgetting import ENDS

            return ENDS
        known = ["--conversation", conversation] if self._complaint else ["--continue"]
        return in_shell(["mcp-foundry", self._command, *known, *self._place, *words])
