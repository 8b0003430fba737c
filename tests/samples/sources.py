"""Microsoft's samples as they are in the source distributions of the releases installed here."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import tarfile
from contextlib import closing
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

DISTRIBUTIONS = ("azure-ai-projects", "azure-ai-agents")
_LONGEST_DOWNLOAD = 300


def fetched(distribution: str, cache: pytest.Cache) -> Path:
    """Return the archive of a distribution, kept between runs of the tests."""
    folder = Path(cache.mkdir(f"{distribution}-{version(distribution)}"))
    # One worker fetches it while the others wait; a lock that ends with its process, anywhere.
    with closing(sqlite3.connect(folder / "lock", _LONGEST_DOWNLOAD, isolation_level=None)) as lock:
        lock.execute("BEGIN EXCLUSIVE")
        if not [*folder.glob("*.tar.gz")]:
            _download(f"{distribution}=={version(distribution)}", folder)
        (archive,) = folder.glob("*.tar.gz")
        return archive


def _download(requirement: str, folder: Path) -> None:
    """Fetch by pip, which asks a source for its metadata and so needs what that is built with."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--no-binary", ":all:", "--dest", str(folder), requirement]
    ended = subprocess.run(  # noqa: S603 - our own pip
        command, capture_output=True, check=False, encoding="utf-8", timeout=_LONGEST_DOWNLOAD
    )
    assert ended.returncode == 0, ended.stderr


def unpack(archive: Path, folder: Path) -> Path:
    """Unpack the samples into a folder, and nothing else: the package beside them is installed.

    Returns:
        Where the samples are: the folder `samples`, which they expect to be called so.
    """
    with tarfile.open(archive) as opened:
        for member in opened.getmembers():
            _, _, name = member.name.partition("/")
            if name.startswith("samples/"):
                opened.extract(member.replace(name=name), folder, filter="data")
    return folder / "samples"


def names_in(samples: Path) -> set[str]:
    """The paths of all samples below their folder, with forward slashes."""
    return {path.relative_to(samples).as_posix() for path in samples.rglob("sample_*.py")}
