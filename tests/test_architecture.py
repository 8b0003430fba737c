"""The shape of the package: which room may import which, and what a file may be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import mcp_foundry
from tests.rigs.architecture import House

Rule = Callable[[House], list[str]]

RULES: dict[str, Rule] = {
    "imports say where from": House.relative_imports,
    "imports run down the floors and the ground knows only itself": House.upward_imports,
    "no files import each other": House.circles,
    "no folders import each other": House.folders_that_import_each_other,
    "one file knows that there are two generations": House.back_doors,
    "only commands know the emulator": House.ways_to_the_emulator,
    "a file can be read in one sitting": House.long_files,
    "a file is named for something": House.empty_names,
    "a file does not say its folder again": House.repeated_names,
    "the root is bare": House.strangers_in_the_root,
    "a folder says what lives there": House.folders_without_a_sentence,
    "an exception to a rule has a reason": House.bare_exceptions,
    "only commands print": House.prints,
}
FOR_TYPES = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    "

# A house that breaks each rule once: its files, and what the rule says of them.
BROKEN: dict[str, tuple[Rule, dict[str, str], list[str]]] = {
    "relative": (House.relative_imports, {"runs/run.py": "from . import x"}, ["runs/run.py"]),
    "upward": (
        House.upward_imports,
        {"service/wire.py": "from mcp_foundry.runs.run import Run", "runs/run.py": ""},
        ["service/wire.py imports runs/run.py"],
    ),
    "upward for types": (
        House.upward_imports,
        {"runs/run.py": f"{FOR_TYPES}from mcp_foundry.server import app", "server/app.py": ""},
        ["runs/run.py imports server/app.py"],
    ),
    "upward within a function": (
        House.upward_imports,
        {"agents/sse.py": "def f():\n    import mcp_foundry.cli", "cli.py": ""},
        ["agents/sse.py imports cli.py"],
    ),
    "upward by a module's name": (
        House.upward_imports,
        {"project/session.py": "f('mcp_foundry.server.app')", "server/app.py": ""},
        ["project/session.py imports server/app.py"],
    ),
    "sideways on the ground": (
        House.upward_imports,
        {
            "settings/checks.py": "from mcp_foundry.contract.errors import X",
            "contract/errors.py": "",
        },
        ["settings/checks.py imports contract/errors.py"],
    ),
    "up from the ground": (
        House.upward_imports,
        {"emulator/app.py": "from mcp_foundry.agents import sse", "agents/sse.py": ""},
        ["emulator/app.py imports agents/sse.py"],
    ),
    "from a folder on no floor": (
        House.upward_imports,
        {"shed/x.py": "import mcp_foundry.runs.run", "runs/run.py": ""},
        ["shed/x.py imports runs/run.py"],
    ),
    "two that import each other": (
        House.circles,
        {
            "agents/reader.py": "from mcp_foundry.agents.question import Question",
            "agents/question.py": f"{FOR_TYPES}from mcp_foundry.agents.reader import Reader",
        },
        ["agents/question.py imports agents/reader.py imports agents/question.py"],
    ),
    "three in a circle": (
        House.circles,
        {
            "runs/a.py": "import mcp_foundry.runs.b",
            "runs/b.py": "import mcp_foundry.runs.c",
            "runs/c.py": "import mcp_foundry.runs.a",
        },
        ["runs/a.py imports runs/b.py imports runs/c.py imports runs/a.py"],
    ),
    "folders that import each other": (
        House.folders_that_import_each_other,
        {
            "agents/x/a.py": "import mcp_foundry.agents.y.b",
            "agents/x/b.py": "",
            "agents/y/a.py": "import mcp_foundry.agents.x.b",
            "agents/y/b.py": "",
        },
        ["agents/x/a.py imports agents/y/b.py and agents/y/a.py imports agents/x/b.py"],
    ),
    "a generation known elsewhere": (
        House.back_doors,
        {
            "runs/run.py": "from mcp_foundry.agents.classic.asking import Classic",
            "agents/generation.py": "from mcp_foundry.agents.classic.asking import Classic",
            "agents/classic/asking.py": "",
        },
        ["runs/run.py imports agents/classic/asking.py"],
    ),
    "the emulator known to the server": (
        House.ways_to_the_emulator,
        {"server/app.py": "from mcp_foundry.emulator import Emulator", "emulator/__init__.py": ""},
        ["server/app.py imports emulator/__init__.py"],
    ),
    "long": (House.long_files, {"runs/run.py": "x\n" * 251}, ["runs/run.py: 251 lines"]),
    "named for nothing": (House.empty_names, {"runs/utils.py": ""}, ["runs/utils.py"]),
    "named for its folder": (
        House.repeated_names,
        {
            "runs/run.py": "",
            "runs/run_limiter.py": "",
            "classic/classic_answers.py": "",
            "responses/responses.py": "",
        },
        ["classic/classic_answers.py", "responses/responses.py", "runs/run_limiter.py"],
    ),
    "in the root": (
        House.strangers_in_the_root,
        {"wire.py": "", "cli.py": "", "shed/x.py": ""},
        ["shed", "wire.py"],
    ),
    "a folder that says nothing": (
        House.folders_without_a_sentence,
        {
            "runs/run.py": "",
            "agents/__init__.py": '"""One.\n\nTwo.\n"""',
            "server/__init__.py": '"""S."""',
        },
        ["agents/__init__.py", "runs/__init__.py"],
    ),
    "an exception without a reason": (
        House.bare_exceptions,
        {"runs/run.py": "import x  # noqa: F401\nimport y  # noqa: F401 - why"},
        ["runs/run.py:1"],
    ),
    "a print": (
        House.prints,
        {"runs/run.py": "print(1)", "commands/call.py": "print(1)"},
        ["runs/run.py"],
    ),
}


@pytest.fixture(scope="module")
def house() -> House:
    return House(Path(mcp_foundry.__file__).parent)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_the_package_keeps_the_rule(house: House, rule: Rule) -> None:
    assert rule(house) == []


@pytest.mark.parametrize(("rule", "files", "told"), BROKEN.values(), ids=BROKEN)
def test_what_breaks_a_rule_is_told_by_its_path(
    tmp_path: Path, rule: Rule, files: dict[str, str], told: list[str]
) -> None:
    root = tmp_path / "mcp_foundry"
    for name, text in {"__init__.py": "", **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert rule(House(root)) == told


def test_every_rule_is_shown_to_fail() -> None:
    assert {rule for rule, _, _ in BROKEN.values()} == set(RULES.values())
