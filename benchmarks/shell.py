"""Figure 14: what the commands of a shell take, beside the server that they stand on."""

from __future__ import annotations

import json
import sysconfig
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from benchmarks.batches import AT_ONCE, QUESTIONS, SECONDS, SETTINGS, ask_all, questions
from benchmarks.measuring import Figure, extra_figure, interleaved, ratio_figure, spread
from benchmarks.processes import LineProcess, Ran, run
from benchmarks.projects import RESPONSES, EmulatedProject
from benchmarks.servers import ours

if TYPE_CHECKING:
    from collections.abc import Iterator

_HELP = 60
_FEW, _MANY = 1000, 100_000
# The script that a user's shell finds: `python -m` would look for the module first.
_COMMAND = str(Path(sysconfig.get_path("scripts"), "mcp-foundry"))


def shell_help(rounds: int) -> Iterator[Figure]:
    """Measure how long a person waits for the list of commands."""
    samples = interleaved(
        rounds * 3,  # they are short
        lambda: run("-c", "pass").seconds * 1000,
        lambda: run(_COMMAND, "--help").seconds * 1000,
    )
    ratio = spread([taken / python for python, taken in samples])
    taken = spread([taken for _, taken in samples])
    what, against = "`mcp-foundry --help`", "`python -c pass`"
    yield Figure(14, what, against, ratio, taken, "ms", _HELP, len(samples))


def shell_asks(rounds: int) -> Iterator[Figure]:
    """Measure a question from a shell, to its first text and until the shell is back."""
    with EmulatedProject() as project, TemporaryDirectory() as state:
        samples = interleaved(
            rounds,
            lambda: _server_asked(project.endpoint),
            lambda: _asked(project.endpoint, state),
        )
    against = "the server's start to the same"
    for place, what in enumerate(("to its first text", "to its end")):
        pairs = [(asked[place] * 1000, server[place] * 1000) for server, asked in samples]
        yield extra_figure(14, f"`mcp-foundry ask`, {what}", against, pairs, "ms", 150)


def _server_asked(endpoint: str) -> tuple[float, float]:
    with ours(endpoint) as server:
        before = server.age()
        called = server.call("stream_agent", message="Hello", agent=RESPONSES)
        return before + called.first, server.age()


def _asked(endpoint: str, state: str) -> tuple[float, float]:
    # Where it keeps the conversation that --continue goes on with is no user's own folder.
    where = {"FOUNDRY_PROJECT_ENDPOINT": endpoint, "XDG_STATE_HOME": state}
    ran = run(_COMMAND, "ask", RESPONSES, "Hello", **where)
    return ran.first, ran.seconds


def shell_batches(rounds: int) -> Iterator[Figure]:
    """Measure a batch of a file, from the start of its process to its end."""
    asked = questions(QUESTIONS)
    with TemporaryDirectory() as folder, EmulatedProject(first_token=SECONDS) as project:
        rows = Path(folder, "questions.jsonl")
        rows.write_text("".join(f"{json.dumps(each)}\n" for each in asked), encoding="utf-8")

        def bridge() -> float:
            with ours(project.endpoint, **SETTINGS) as server:
                ask_all(server, asked)
                return server.age()

        samples = interleaved(
            rounds, bridge, lambda: _batch(rows, project.endpoint, **SETTINGS).seconds
        )
    pairs = [(taken, bridge) for bridge, taken in samples]
    what = f"`batch` of {QUESTIONS}, {AT_ONCE} at once, {SECONDS:g} s each"
    yield ratio_figure(14, what, "the server's start and its batch_ask", pairs, 1.03)


def shell_memory(_: int) -> Iterator[Figure]:
    """Measure the most memory that a batch has, by the number of its rows."""
    with (
        LineProcess("-m", "benchmarks.answering_project") as project,
        TemporaryDirectory() as place,
    ):
        endpoint = project.line().decode()
        few, many = (_peak(Path(place), endpoint, count) for count in (_FEW, _MANY))
    what = f"the most memory of `batch` of {_MANY:,} rows"
    yield extra_figure(14, what, f"of {_FEW:,}, {few:.0f} MB", [(many, few)], "MB", 5)


def _peak(folder: Path, endpoint: str, count: int) -> float:
    rows = folder / f"{count}.jsonl"
    with rows.open("w", encoding="utf-8") as file:
        for number in range(count):
            file.write(f"{json.dumps({'message': f'Question {number}', 'agent': RESPONSES})}\n")
    return _batch(rows, endpoint).memory


def _batch(rows: Path, endpoint: str, **settings: str) -> Ran:
    answers = rows.with_suffix(".answers")
    words = ("batch", str(rows), "--output", str(answers), "--quiet")
    ran = run(_COMMAND, *words, FOUNDRY_PROJECT_ENDPOINT=endpoint, **settings)
    with rows.open("rb") as asked, answers.open("rb") as answered:
        if sum(b'"completed"' in line for line in answered) != sum(1 for _ in asked):
            raise AssertionError(f"{answers} does not answer {rows}")
    answers.unlink()  # or the next run would find nothing to ask
    return ran
