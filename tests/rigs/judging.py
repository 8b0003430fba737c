"""Programs that judge what is shipped, as installed beside this Python."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).parents[2]
BESIDE_PYTHON = Path(sys.executable).parent
_LONGEST_RUN = 400


def judged(*command: str | Path, cwd: Path = PROJECT) -> subprocess.CompletedProcess[str]:
    """Run a program, of those installed beside Python where there is one."""
    program = shutil.which(str(command[0]), path=str(BESIDE_PYTHON)) or str(command[0])
    return subprocess.run(  # noqa: S603 - the programs that the tests name
        [program, *command[1:]],
        capture_output=True,
        check=False,
        cwd=cwd,
        encoding="utf-8",
        timeout=_LONGEST_RUN,
    )


def run(*command: str | Path, cwd: Path = PROJECT) -> str:
    """Run a program that must succeed; return what it prints."""
    ended = judged(*command, cwd=cwd)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def yamllint(*paths: Path) -> str:
    """Return what yamllint says of files, by the rules of this project."""
    rules = (
        "{extends: default, rules: {line-length: {max: 100}, document-start: disable, "
        "comments: {min-spaces-from-content: 1}}}"
    )
    return run("yamllint", "--strict", "-d", rules, *paths)
