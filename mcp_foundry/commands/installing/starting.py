"""The command that starts this server again, for a program that knows no PATH of ours."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit, urlunsplit
from urllib.request import url2pathname

if TYPE_CHECKING:
    from collections.abc import Mapping

_PACKAGE = "mcp-foundry"
# What uv makes for one command is in its cache, whose folders are called so.
_SHORT_LIVED = re.compile(r"[\\/](archive|builds|environments)-v\d+[\\/]")


class Process(NamedTuple):
    """How this process came to be.

    Attributes:
        started: The first word of its command line, a script or a module's file.
        python: Its interpreter.
        environment: Its variables.
        origin: What the installer noted of where the package came from (PEP 610), or "".
    """

    started: str
    python: str
    environment: Mapping[str, str]
    origin: str

    def command(self) -> list[str]:
        """Return the words that start it again, the first of them a whole path."""
        if _SHORT_LIVED.search(self.python):
            return [*self._uvx(), *self._wanted(), _PACKAGE]
        beside = Path(self.python).parent / _PACKAGE
        # An installer's launcher may have cut the ending off.
        for script in (
            Path(self.started),
            Path(f"{self.started}.exe"),
            beside,
            Path(f"{beside}.exe"),
        ):
            # Not `Path.is_file`, which fails where the folder may not be looked into.
            if script.name.removesuffix(".exe") == _PACKAGE and os.path.isfile(script):  # noqa: PTH113 - see above
                return [os.path.abspath(script)]  # noqa: PTH100 - a link that an installer keeps up to date stays one
        return [self.python, "-m", "mcp_foundry"]

    def _uvx(self) -> list[str]:
        found = shutil.which("uvx", path=self.environment.get("PATH"))
        if found:
            return [found]
        uv = Path(self.environment.get("UV") or "uv")
        beside = uv.with_name(f"uvx{uv.suffix}")
        return [str(beside)] if beside.is_file() else [str(uv), "tool", "run"]

    def _wanted(self) -> list[str]:
        if not self.origin:
            return []  # a package index, which uvx asks by itself
        told = json.loads(self.origin)
        source = _without_secret(told["url"])
        if "vcs_info" not in told and source.startswith("file:"):
            source = url2pathname(urlsplit(source).path)
        elif "vcs_info" in told:
            revision = told["vcs_info"].get("requested_revision")
            source = f"{told['vcs_info']['vcs']}+{source}{f'@{revision}' if revision else ''}"
        if told.get("subdirectory"):
            source += f"#subdirectory={told['subdirectory']}"
        return ["--from", source]


def this_process() -> Process:
    """Return how this process came to be."""
    try:
        origin = distribution(_PACKAGE).read_text("direct_url.json") or ""
    except PackageNotFoundError:  # run from its source, without having been installed
        origin = ""
    return Process(sys.argv[0], sys.executable, os.environ, origin)


def _without_secret(url: str) -> str:
    """Return a URL without the key that may stand before its host; `git@` is none."""
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"git@{host}" if user == "git" and at else host))
