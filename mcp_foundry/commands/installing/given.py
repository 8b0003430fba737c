"""What the person who installs has set, as the server's command line and variables."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from mcp_foundry.commands.arguments import UsageError
from mcp_foundry.settings.variables import VARIABLES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import SimpleNamespace

    from mcp_foundry.settings.values import Settings


def arguments(emulation: Mapping[str, Any] | None) -> list[str]:
    """Return the flags of an embedded emulator, or none.

    Raises:
        UsageError: One of them holds what may be a secret.
    """
    if emulation is None:
        return []
    words = ["--emulator"]
    url = urlsplit(str(emulation.get("model_url", "")))
    if url.username or url.password or url.query:
        raise UsageError(
            "--model-url has a user or a query, where keys are, and no key is written into a "
            "client's configuration. Leave it out, as in --model-url http://127.0.0.1:11434/v1."
        )
    for name, value in emulation.items():
        # A client starts it wherever it is itself.
        text = str(value.absolute()) if isinstance(value, Path) else str(value)
        words += [f"--{name.replace('_', '-')}", text]
    return words


def variables(settings: Settings, options: SimpleNamespace) -> dict[str, str]:
    """Return every setting that a flag, the environment or a file of it holds, as a variable.

    A client passes on little of the shell that it is installed from, or nothing.
    """
    found: dict[str, str] = {}
    for variable in VARIABLES:
        if variable.field == "endpoint" and options.emulation is not None:
            continue
        flag = str(getattr(options, variable.field, "")).strip()
        texts = {variable.names[0]: flag} if flag else {n: _set(n) for n in variable.names}
        name = next((name for name, text in texts.items() if text), "")
        if name:
            found[name] = _whole(variable.field, texts[name], settings)
    return found


def _set(name: str) -> str:
    return os.environ.get(name, "").strip()


def _whole(field: str, text: str, settings: Settings) -> str:
    """Return a text that holds in any folder."""
    if field == "files":
        return os.pathsep.join(settings.files)
    if field in {"save", "ca_bundle"}:
        return str(Path(text).expanduser().absolute())
    return text


def unwritten() -> list[str]:
    """Return the variables of this shell by which Azure signs in: some hold secrets."""
    written = {name for variable in VARIABLES for name in variable.names}
    return sorted(
        name
        for name, text in os.environ.items()
        if name.startswith("AZURE_") and name not in written and text
    )
