"""Other people's programs, each in a virtual environment of its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

_LONGEST_INSTALL = 400


def installed(name: str, packages: tuple[str, ...], cache: pytest.Cache) -> str:
    """Return a Python that has these packages, kept between runs of the tests."""
    key = sha256(repr(packages).encode()).hexdigest()[:12]
    folder = Path(cache.mkdir(f"client-{name}-{key}"))
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not (folder / "installed").exists():
        uv(("venv", "--clear", "--python", sys.executable, str(folder)))
        uv(("pip", "install", "--python", str(python), *packages))
        (folder / "installed").touch()
    return str(python)


def uv(arguments: tuple[str, ...]) -> None:
    beside_python = shutil.which("uv", path=str(Path(sys.executable).parent))
    program = beside_python or shutil.which("uv") or pytest.fail("uv is not installed")
    ended = run((program, "--quiet", "--no-progress", *arguments), _LONGEST_INSTALL)
    assert ended.returncode == 0, ended.stderr


def run(command: tuple[str, ...], timeout: float) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own scripts, and uv
        command, capture_output=True, check=False, encoding="utf-8", timeout=timeout
    )
