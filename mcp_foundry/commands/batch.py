"""`mcp-foundry batch`: each row of a file is asked, and each answer is a line of another."""

from __future__ import annotations

import sys
import threading
from contextlib import ExitStack, closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import anyio

from mcp_foundry.commands.arguments import UsageError, text_given
from mcp_foundry.commands.batching.bar import Bar
from mcp_foundry.commands.batching.counts import Counts
from mcp_foundry.commands.batching.course import Course
from mcp_foundry.commands.batching.lock import Lock
from mcp_foundry.commands.batching.output import CannotWriteError, Output, keeps
from mcp_foundry.commands.batching.rows import Rows
from mcp_foundry.commands.emulate import project
from mcp_foundry.commands.outcome import COMPLETED, FAILED, IN_PART, USAGE, of_counts
from mcp_foundry.project.session import open_session
from mcp_foundry.transport.shutdown import interruptible

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import SimpleNamespace

    from mcp_foundry.settings.values import Settings


_GO_ON = " The same command goes on from there."


def run(settings: Settings, options: SimpleNamespace) -> int:
    """Ask what OUT has not got completed, and write it there.

    Returns:
        The exit code, see `mcp_foundry.commands.outcome`.

    Raises:
        UsageError: The words are wrong, or the files that they name.
    """
    path = _output_path(options.rows, options.output)
    message = text_given(options.message)
    rows = Rows(options.rows, message)
    bar = _bar(Counts(), quiet=options.quiet)
    if bar.shown and keeps(Path(options.rows)):
        _begin_counting(bar.counts, options.rows, message)
    # A call waits; a batch has no patience that could end.
    settings = replace(settings, max_wait=0)
    try:
        code = _ask(settings, options.emulation, rows, path, bar)
    except UsageError:
        rows.close()
        raise
    except OSError as wrong:
        rows.close()
        told = f"{path} cannot be written: {wrong.strerror or wrong}"
        if isinstance(wrong, PermissionError):
            raise UsageError(f"{told}.") from None
        bar.say(f"{told}. Nothing was asked.")
        return FAILED
    return COMPLETED if options.tolerant and USAGE < code <= IN_PART else code


def _ask(
    settings: Settings, emulation: Mapping[str, Any] | None, rows: Rows, path: Path, bar: Bar
) -> int:
    with ExitStack() as stack:
        lock = None
        if keeps(path):
            beside = path.with_name(f"{path.name}.lock")
            lock = stack.enter_context(closing(Lock(beside, settings.concurrency)))
        output = stack.enter_context(closing(Output(path)))
        if output.repaired:
            bar.say(f"{path}: the last line was cut short, and is taken out.")
        return _Work(rows, output, lock, bar).run(settings, emulation)


class _Work(NamedTuple):
    rows: Rows
    output: Output
    lock: Lock | None
    bar: Bar

    def run(self, settings: Settings, emulation: Mapping[str, Any] | None) -> int:
        """Ask the rows, and say what has become of them."""
        courses: list[Course] = []

        async def asking() -> int:
            with interruptible() as shutdown:
                async with project(settings, emulation) as chosen, open_session(chosen) as foundry:
                    await foundry.observe()
                    courses.append(Course(foundry, *self))
                    await courses[0].run()
            return shutdown.code

        code = anyio.run(asking)
        self.bar.close()
        result = self.bar.counts.result()
        go_on = _GO_ON if self.lock else ""  # what went into a pipe or a device is asked again
        if code:
            self.bar.say(f"interrupted: {result}.{go_on}")
            return code
        course = courses[0]
        if course.broken:
            self.bar.say(f"{course.broken}. No more is asked: {result}.{go_on}")
            return FAILED
        self._tidy()
        counts = self.bar.counts
        missing = counts.failed + bool(course.spent)
        if course.spent:
            self.bar.say(f"{course.spent.message}")
        again = " The same command asks the rest again." if missing or counts.other else ""
        self.bar.say(f"{result}.{again if self.lock else ''}")
        return of_counts(counts.before + counts.completed, missing, counts.other)

    def _tidy(self) -> None:
        try:
            self.output.tidy()
        except CannotWriteError as failure:
            self.bar.say(f"{failure}.")


def _output_path(rows: str, output: Path) -> Path:
    """Return where the answers go.

    Raises:
        UsageError: They cannot go there.
    """
    if str(output) == "-":
        raise UsageError("--output needs a file: what is in it is not asked again.")
    # What is written over is the file itself; of a device or a pipe the name is all there is.
    path = output.resolve() if keeps(output) else output
    if path.is_dir():
        raise UsageError(f"--output {output} is a folder. Name a file in it.")
    if not path.parent.is_dir():
        raise UsageError(f"--output {output}: there is no folder {path.parent}. Make it first.")
    with suppress(OSError):  # one is stdin, or is not there yet
        if path.samefile(rows):
            raise UsageError(
                f"--output {output} is the file with the questions. Name another one for the "
                "answers."
            )
    return path


def _bar(counts: Counts, *, quiet: bool) -> Bar:
    """Return the best bar that stderr can have."""
    shown = sys.stderr.isatty() and not quiet
    if shown:
        with suppress(ImportError):  # rich is an extra
            from mcp_foundry.commands.batching.drawn_bar import DrawnBar

            return DrawnBar(counts)
    return Bar(counts, shown=shown)


def _begin_counting(counts: Counts, name: str, message: str) -> None:
    """Count the rows, in a thread that the end does not wait for."""

    def count() -> None:
        with suppress(OSError, UsageError):
            counts.total = Rows(name, message).count()

    threading.Thread(target=count, daemon=True, name="counting").start()
