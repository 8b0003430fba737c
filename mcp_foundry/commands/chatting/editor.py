"""Lines typed with prompt_toolkit, which the extra `cli` brings: edited, recalled and completed.

What was typed is remembered until the chat ends, and no longer: it is content, and what this
program keeps of a conversation is its id.
"""

from __future__ import annotations

import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import Completer, Completion, PathCompleter, ThreadedCompleter
from prompt_toolkit.document import Document
from prompt_toolkit.enums import DEFAULT_BUFFER
from prompt_toolkit.filters import has_focus
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.output import create_output

from mcp_foundry.commands.chatting.telling import show
from mcp_foundry.commands.chatting.words import COMMANDS

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterable, Mapping

    from prompt_toolkit.completion import CompleteEvent
    from prompt_toolkit.key_binding import KeyPressEvent

    Agents = Callable[[], Awaitable[Mapping[str, str]]]

_MENU = len(COMMANDS) + 1
"""Lines that are kept free for the prompt and, below it, what can be chosen."""


class Editor:
    """A line editor at the terminal that is stdin and stderr: stdout is for answers.

    Args:
        agents: Returns the names of the agents, each with its description.
    """

    def __init__(self, agents: Agents) -> None:
        # Whatever is typed waits there until it is read, and is not lost between two prompts.
        output = create_output(stdout=sys.stderr)
        self._lines: PromptSession[str] = PromptSession(
            output=output,
            completer=_SlashCompleter(agents),
            reserve_space_for_menu=_MENU,
            enable_suspend=True,
            key_bindings=_keys(),
        )
        self._answers: PromptSession[str] = PromptSession(
            output=output, key_bindings=_keys_of_answers()
        )

    async def read(self, prompt: str) -> str:
        """Return the next message, which may have several lines; see `Lines`."""
        return await _typed(self._lines, prompt)

    async def ask(self, question: str) -> str:
        """Return what a person answers; see `Lines`."""
        above, end, last = question.rpartition("\n")
        # The editor would cut what is wider than the terminal, such as a link.
        show(f"{above}{end}")
        return await _typed(self._answers, last)

    @contextmanager
    def aside(self) -> Generator[None]:
        """Let what is typed meanwhile wait for the next prompt, unseen; see `Lines`."""
        if sys.platform == "win32":
            yield
            return
        import termios
        import tty

        terminal = sys.stdin.fileno()
        before = termios.tcgetattr(terminal)
        # Keys as they are pressed, for the editor to read later; but Ctrl+C is a signal.
        tty.setcbreak(terminal, termios.TCSANOW)
        try:
            yield
        finally:
            termios.tcsetattr(terminal, termios.TCSANOW, before)


async def _typed(session: PromptSession[str], prompt: str) -> str:
    # Signals and what fails in the loop are not the editor's.
    text = await session.prompt_async(prompt, handle_sigint=False, set_exception_handler=False)
    return text.encode(errors="replace").decode()  # bytes that are none of any text


def _keys() -> KeyBindings:
    keys = KeyBindings()
    typing = has_focus(DEFAULT_BUFFER)

    @keys.add("c-c", filter=typing)
    def _(event: KeyPressEvent) -> None:
        """Drop what was typed; of nothing, be the signal that this key is elsewhere."""
        if event.current_buffer.text:
            event.current_buffer.reset()
        else:
            signal.raise_signal(signal.SIGINT)

    @keys.add("enter", filter=typing)
    def _(event: KeyPressEvent) -> None:
        """End the message, or its line where a backslash says so."""
        buffer = event.current_buffer
        if buffer.document.char_before_cursor == "\\" and not buffer.text.startswith("/"):
            buffer.delete_before_cursor()
            buffer.insert_text("\n")
        else:
            buffer.validate_and_handle()

    @keys.add("escape", "enter", filter=typing)
    def _(event: KeyPressEvent) -> None:
        """Begin a new line."""
        event.current_buffer.insert_text("\n")

    return keys


def _keys_of_answers() -> KeyBindings:
    keys = KeyBindings()

    @keys.add("c-c")
    def _(event: KeyPressEvent) -> None:
        """Interrupt the turn, as the signal does that this key is while nothing is edited."""
        del event
        signal.raise_signal(signal.SIGINT)

    return keys


class _SlashCompleter(Completer):
    """Completes commands, and what they take."""

    def __init__(self, agents: Agents) -> None:
        self._agents = agents
        self._paths = ThreadedCompleter(PathCompleter(expanduser=True))

    def get_completions(
        self, document: Document, complete_event: CompleteEvent
    ) -> Iterable[Completion]:
        """Return the commands that begin with what was typed."""
        del complete_event
        typed = document.text_before_cursor
        if not typed.startswith("/") or " " in typed:
            return
        for name, (takes, does) in COMMANDS.items():
            if name.startswith(typed[1:]):
                end = " " if takes else ""
                yield Completion(name + end, 1 - len(typed), f"/{name}", display_meta=does)

    async def get_completions_async(
        self, document: Document, complete_event: CompleteEvent
    ) -> AsyncGenerator[Completion, None]:
        """Return what may follow what was typed."""
        command, space, typed = document.text_before_cursor.partition(" ")
        if not space:
            for each in self.get_completions(document, complete_event):
                yield each
        elif command == "/agent":
            for name, about in (await self._agents()).items():
                if name.startswith(typed):
                    yield Completion(name, -len(typed), display_meta=about)
        elif command == "/file":
            path = Document(typed.lstrip("\"'"))
            async for each in self._paths.get_completions_async(path, complete_event):
                yield each
