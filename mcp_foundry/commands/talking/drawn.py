"""An answer drawn by rich, which the extra `cli` brings: Markdown as it grows, on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from markdown_it import MarkdownIt
from rich.console import Console, Group
from rich.live import Live
from rich.markdown import CodeBlock, Heading, Markdown, MarkdownElement
from rich.segment import Segment
from rich.syntax import Syntax
from rich.text import Text

from mcp_foundry.commands.talking.page import Page
from mcp_foundry.server.progress import ANEW

if TYPE_CHECKING:
    from rich.console import ConsoleOptions, RenderResult

    from mcp_foundry.commands.talking.stdout import Stdout


class DrawnPage(Page):
    """One answer, drawn block by block: what is finished stays, what grows is drawn again."""

    is_drawn = True

    def __init__(self, out: Stdout) -> None:
        super().__init__(out)
        self._console = Console(highlight=False)
        self._live = Live(console=self._console, auto_refresh=False, transient=True)
        self._printed = 0  # of `_shown`, in characters: the blocks that are finished
        self._doing = ""

    async def _end_line(self) -> None:
        self._finish()

    def close(self) -> None:
        """Leave the terminal in order, where the answer does not come to its end."""
        self._has_ended = True
        self._finish()

    async def _show(self, text: str) -> None:
        self._shown = text
        if self._has_ended:
            self._finish()
            return
        self._doing = ""
        self._print(_finished(text[self._printed :]))
        self._draw()

    def _turn_over(self) -> None:
        super()._turn_over()
        self._printed = 0

    async def _replace(self, text: str) -> None:
        self._finish()
        self._console.print(Text("The whole answer:", style="dim"))
        self._printed = 0
        await self._show(text)

    async def _tell(self, line: str) -> None:
        if line.endswith(ANEW):
            self._console.print(Text(line, style="dim"))
            return
        self._doing = line
        self._draw()

    def _finish(self) -> None:
        """Print what is left, for good."""
        self._doing = ""
        self._live.stop()
        self._print(len(self._shown) - self._printed)

    def _print(self, count: int) -> None:
        if not count:
            return
        piece = self._shown[self._printed : self._printed + count]
        if piece.strip():
            if self._printed:
                self._console.print()
            # Longer lines of code are the terminal's to wrap, so that they are copied as one.
            self._console.print(_Markdown(piece), crop=False)
        self._printed += count

    def _draw(self) -> None:
        """Draw what grows: of more than the screen has, its end."""
        if self._is_aside:
            return
        if not self._live.is_started:
            self._live.start()
        rest = self._shown[self._printed :]
        lines: list[list[Segment]] = []
        if rest.strip():
            lines = self._console.render_lines(_Markdown(rest), pad=False)
            if self._printed:
                lines.insert(0, [])
        doing = [Text(self._doing, style="dim", overflow="ellipsis", no_wrap=True)]
        most = max(1, self._console.height - 2)
        shown = _Lines(lines[-most:])
        self._live.update(Group(shown, *(doing if self._doing else ())), refresh=True)


class _Lines:
    """Lines that are rendered already."""

    def __init__(self, lines: list[list[Segment]]) -> None:
        self._lines = lines

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        del console, options
        for line in self._lines:
            yield from line
            yield Segment.line()


def _parser() -> MarkdownIt:
    # What looks like HTML is shown as it is: rich would leave it out.
    return MarkdownIt("commonmark", {"html": False}).enable(["strikethrough", "table"])


def _finished(text: str) -> int:
    """Return the length of the blocks of a text to which nothing that follows can belong."""
    lines = [token.map[0] for token in _parser().parse(text) if token.level == 0 and token.map]
    if not lines:
        return 0
    return sum(len(line) for line in text.splitlines(keepends=True)[: lines[-1]])


class _Code(CodeBlock):
    """Code as it is to be copied: without a frame, a margin, or ends of blanks."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        del console, options
        code = str(self.text).rstrip()
        syntax = Syntax(code, self.lexer_name, theme=self.theme, background_color="default")
        text = syntax.highlight(code)
        text.rstrip()
        text.no_wrap, text.overflow = True, "ignore"
        yield text


class _Heading(Heading):
    """A heading, where it stands in the text; its signs tell its level."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        del console, options
        self.text.justify = "left"
        self.text.stylize("bold" if self.tag != "h1" else "bold underline")
        yield self.text


class _Markdown(Markdown):
    elements: ClassVar[dict[str, type[MarkdownElement]]] = {
        **Markdown.elements,
        "fence": _Code,
        "code_block": _Code,
        "heading_open": _Heading,
    }

    def __init__(self, text: str) -> None:
        super().__init__("", hyperlinks=False, code_theme="ansi_dark")
        self.parsed = _parser().parse(text)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        # Some blocks begin with an empty line, which is here the page's to set.
        has_begun = False
        for segment in super().__rich_console__(console, options):
            has_begun = has_begun or segment != Segment.line()
            if has_begun:
                yield segment
