"""Where a person and an agent talk: each line is a message, or a command."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import anyio

from mcp_foundry.commands.arguments import UsageError
from mcp_foundry.commands.chatting.agents import NoAgentError
from mcp_foundry.commands.chatting.telling import tell
from mcp_foundry.commands.chatting.turn import Turn
from mcp_foundry.commands.chatting.words import help_text, typed_path, understood, unknown
from mcp_foundry.commands.outcome import FAILED, REQUIRES_ACTION
from mcp_foundry.commands.talking.attached import attached

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from mcp_foundry.commands.chatting.agents import Agents
    from mcp_foundry.commands.chatting.lines import Lines
    from mcp_foundry.commands.chatting.words import Typed
    from mcp_foundry.commands.talking.going_on import GoingOn
    from mcp_foundry.commands.talking.stdout import Stdout
    from mcp_foundry.commands.turns import Talk
    from mcp_foundry.transport.shutdown import Shutdown

_LONGEST_NAME = 24
INTERRUPTED = 130
"""The exit code after Ctrl+C."""


@dataclass
class Room:
    """One chat.

    Attributes:
        talk: With whom, and what it goes on with.
        agents: Whom else it can be with.
        out: Where answers go.
        lines: What is typed.
        going_on: Remembers the conversation.
        most: The most bytes of a file.
        typing: Whose Ctrl+C ends a turn and not the chat; None where nobody types.
        files: What goes along with the next message; paths, and what else `attached` takes.
        inputs: Values of the agent's declared inputs.
    """

    talk: Talk
    agents: Agents
    out: Stdout
    lines: Lines
    going_on: GoingOn
    most: int
    typing: Shutdown | None = None
    files: list[str] = field(default_factory=list[str])
    inputs: Mapping[str, object] = field(default_factory=dict[str, object])
    _has_ended: bool = field(default=False, init=False)

    async def stay(self) -> int:
        """Take line after line, until there is none.

        Returns:
            The exit code: 0 for a person, who has seen what failed; else that of the first answer
            that was not whole.

        Raises:
            UsageError: The lines cannot be read.
        """
        code, pressed = 0, False
        while not self._has_ended:
            asks = self.lines.ask if self.typing else None
            turn = Turn(self.talk, self.out, asks, self.going_on)
            with anyio.CancelScope() as scope, self._sparing(scope):
                came = await self._next(turn)
                code = code or came
            at_prompt = scope.cancelled_caught and not turn.has_begun
            if at_prompt and pressed:
                return INTERRUPTED
            if at_prompt:
                tell("Ctrl+D ends; so does Ctrl+C again.")
            pressed = at_prompt
        if not self.typing:
            return code
        if way := self.going_on.way(self.talk.conversation_id):
            tell(f"To go on: {way}" if not self.going_on.embedded else way)
        return 0

    def _sparing(self, scope: anyio.CancelScope) -> AbstractContextManager[None]:
        return self.typing.sparing(scope.cancel) if self.typing else nullcontext()

    async def _next(self, turn: Turn) -> int:
        name = self.talk.agent
        short = name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…"
        try:
            typed = understood(await self.lines.read(f"{short}> "))
            with self.lines.aside():
                return await self._do(typed, turn)
        except EOFError:
            self._has_ended = True
            return 0

    async def _do(self, typed: Typed, turn: Turn) -> int:
        match typed.command:
            case None:
                return await self._say(typed.text, turn) if typed.text else 0
            case "new":
                self._begin()
            case "agents":
                tell(await self.agents.listing())
            case "agent":
                await self._turn_to(typed.text)
            case "file":
                self._attach(typed.text)
            case "quit" | "exit":
                self._has_ended = True
            case "help" | "":
                tell(help_text())
            case unknown_command:
                tell(unknown(unknown_command))
        return 0

    def _begin(self) -> None:
        self.talk.conversation_id = ""
        self.files = []
        tell("A new conversation.")

    async def _turn_to(self, name: str) -> None:
        if not name:
            tell("Which agent? Type /agent NAME; /agents lists them.")
            return
        try:
            await self.agents.find(name)
        except NoAgentError as missing:
            tell(f"{missing}\nTo see the agents, type: /agents")
            return
        if name != self.talk.agent:
            self.inputs = {}  # the other's
        self.talk.agent = name
        self._begin()

    def _attach(self, text: str) -> None:
        if text:
            path = typed_path(text)
            try:
                attached(path, self.most, "")
            except UsageError as wrong:
                tell(str(wrong))
                return
            self.files.append(path)
        names = ", ".join(self.files)
        tell(f"Goes along with the next message: {names}" if names else "Nothing goes along yet.")

    async def _say(self, message: str, turn: Turn) -> int:
        try:
            sent = {each: attached(each, self.most, "") for each in self.files}
        except UsageError as wrong:
            tell(str(wrong))
            return FAILED
        # A value that is one of the files stands for its upload.
        inputs = {name: sent.get(str(value), value) for name, value in self.inputs.items()}
        code = await turn.take(message, list(sent.values()), inputs)
        if code not in {FAILED, REQUIRES_ACTION}:
            # Each request has the inputs, and so the files in them.
            self.files = [each for each in self.files if each in self.inputs.values()]
        return code
