"""What a service for many needs and cannot have, looked at together before it starts."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from mcp_foundry.settings.checks import LOOPBACK
from mcp_foundry.settings.variable import SettingsError
from mcp_foundry.settings.variables import VARIABLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mcp_foundry.settings.values import Settings

LONGEST_DRAIN = 25
"""Seconds; orchestrators kill what goes on for thirty."""
_NEEDED = ("public_url", "tenant_id", "client_id", "keys")
_CREDENTIALS = ("federated_client_id", "token_file", "client_certificate", "client_secret")
_FILES = ("token_file", "client_certificate")
_OF_ONE_PERSON = {
    "files": "this server's disk is not its callers': unset it",
    "http_files": "this server's disk is not its callers': unset it",
    "save": "this server's disk is not its callers': unset it",
    "memory_scope": "each caller has a memory of their own: unset it",
}
_ROWS = {variable.field: variable for variable in VARIABLES}


def check_service(settings: Settings, *, http: bool) -> None:
    """Check that a server may be started so.

    Args:
        settings: What the user set.
        http: Whether it speaks HTTP.

    Raises:
        SettingsError: It may not; of at most three lines, with all that is missing or wrong.
    """
    if settings.auth == "none":
        if http and settings.host not in LOOPBACK:
            raise SettingsError(
                f"--host {settings.host} would let everybody who reaches it ask with this "
                "server's rights. Have them sign in: --auth entra; or leave --host out."
            )
        return
    if not http:
        raise SettingsError(
            "--auth entra is for `serve --http`: over stdio nobody signs in, for whoever starts "
            f"the server owns it. Add --http, or unset {_ROWS['auth'].names[0]}."
        )
    wrong = [*_missing(settings), *_unfit(settings)]
    if wrong:
        raise SettingsError("\n".join(wrong))


def _missing(settings: Settings) -> Iterator[str]:
    """Yield a line with the variables that are needed and not set, and one on credentials."""
    lacking = [_ROWS[name] for name in _NEEDED if not getattr(settings, name)]
    if lacking:
        rows = ", ".join(f"{row.names[0]}={row.example}" for row in lacking)
        yield f"--auth entra needs what is not set: {rows}"
    if settings.identity == "server":
        return
    told: list[str] = []
    # Of a project that is emulated in the process there is no endpoint here.
    if not settings.endpoint.startswith("https://"):
        told.append("a project over https (FOUNDRY_PROJECT_ENDPOINT)")
    if not any(getattr(settings, name) for name in _CREDENTIALS):
        names = ", ".join(_ROWS[name].names[0] for name in _CREDENTIALS)
        told.append(f"what this server signs in with, one of {names}")
    if told:
        yield (
            f"to ask in each caller's own name it needs {' and '.join(told)}; or --identity server "
            "asks in this server's"
        )


def _unfit(settings: Settings) -> Iterator[str]:
    """Yield a line with what is set and must not be."""
    wrong = {name: why for name, why in _OF_ONE_PERSON.items() if getattr(settings, name)}
    if settings.drain > LONGEST_DRAIN:
        wrong["drain"] = f"an orchestrator would not wait so long: set {LONGEST_DRAIN} at most"
    for name in _FILES:
        if settings.identity == "user" and _is_no_file(getattr(settings, name)):
            wrong[name] = "there is no such file: name the one to sign in with"
    if wrong:
        told = (f"{_ROWS[name].names[0]}={_shown(settings, name)}: {wrong[name]}" for name in wrong)
        yield f"--auth entra does not go with {'; nor with '.join(told)}"


def _shown(settings: Settings, name: str) -> str:
    value = getattr(settings, name)
    if value is True:
        return "on"
    if isinstance(value, float):
        return f"{value:g}"
    return value if isinstance(value, str) else ",".join(value)


def _is_no_file(path: str) -> bool:
    return bool(path) and not os.path.isfile(path)  # noqa: PTH113 - pathlib is slower to import
