"""The command line: which command, with which settings.

Everything but the standard library and the settings is imported by the command that needs it, so
that `--help` answers at once.
"""

from __future__ import annotations

import errno
import os
import sys
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from mcp_foundry.settings.env_file import read_env_file
from mcp_foundry.settings.values import Settings
from mcp_foundry.settings.variable import SettingsError
from mcp_foundry.settings.variables import VARIABLES

if TYPE_CHECKING:
    import io
    from collections.abc import Sequence


def main(words: Sequence[str] | None = None) -> int:
    """Run the command that `words` (by default the process's arguments) name.

    Returns:
        The exit code, see `mcp_foundry.commands.outcome`. Serving ends the process instead.
    """
    if not _has_streams():
        sys.stderr.write("mcp-foundry: stdout is closed, and the result is written there.\n")
        return 1
    # Escapes what a console's encoding lacks, as stderr does, instead of failing.
    cast("io.TextIOWrapper", sys.stdout).reconfigure(errors="backslashreplace")
    try:
        try:
            return _run(list(sys.argv[1:] if words is None else words))
        except SystemExit as ended:
            return ended.code if isinstance(ended.code, int) else 0
        except KeyboardInterrupt:
            return 130
        finally:
            # However it ended: what is left to Python's exit fails there with words of its own.
            sys.stdout.flush()
    except OSError as wrong:
        if wrong.errno == errno.ENOSPC:
            sys.stderr.write(
                f"mcp-foundry: the result cannot be written: {wrong.strerror}. Send it elsewhere.\n"
            )
        elif not isinstance(wrong, BrokenPipeError):
            raise
        # Python flushes stdout once more at exit, and would complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _has_streams() -> bool:
    """Open those streams for nobody that are closed, as after `2>&-`; return whether stdout is not.

    The next file that is opened would take the place of one, and get what is meant for it.
    """
    closed = [name for name in ("stdin", "stdout", "stderr") if getattr(sys, name) is None]
    for name in closed:
        mode = "r" if name == "stdin" else "w"
        setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115 - pathlib is slower to import; it is open to the end
    return "stdout" not in closed


def _run(words: list[str]) -> int:
    options = _options(words)
    try:
        settings = _settings(options)
        if options.command in _SERVING:
            _check_service(settings, options)
    except SettingsError as wrong:
        return _report_usage(wrong)
    from mcp_foundry.telemetry.log import write_log  # a tenth of what `--help` takes

    write_log(settings.log_level, settings.log_format)
    if any(name.startswith("OTEL_P") for name in os.environ):  # PROPAGATORS and PYTHON_…
        from mcp_foundry.telemetry.loading import load

        load(os.environ)
    module = _MODULES.get(options.command, options.command)
    command = import_module(f"mcp_foundry.commands.{module}")
    from mcp_foundry.commands.arguments import UsageError

    try:
        return command.run(settings, options)
    except UsageError as wrong:
        return _report_usage(wrong)
    finally:
        if "opentelemetry.sdk" in sys.modules:
            from mcp_foundry.telemetry.flushing import flush

            flush()


# Where a command is not in the file of its name.
_MODULES = {None: "serve", "emulator": "emulate", "uninstall": "install"}
# What the environment sets for others is none of their business.
_WITHOUT_SETTINGS = frozenset({"emulator", "uninstall"})
# What works before there is a project.
_WITHOUT_PROJECT = frozenset({"tools"})
# Words with which another command does.
_WITHOUT_PROJECT_TOO = ("help", "token")
_SERVING = frozenset({None, "serve"})


def _options(words: list[str]) -> SimpleNamespace:
    if not words:
        # As hosts start it: argparse alone would be three percent of the time that takes.
        return SimpleNamespace(command=None, emulation=None)
    from mcp_foundry.commands.line.parser import parse

    options = SimpleNamespace(**vars(parse(words)))
    if options.emulation and "seed" in options.emulation:
        from mcp_foundry.commands.emulate import check_seed

        check_seed(options.emulation["seed"])
    return options


def _report_usage(usage: Exception) -> int:
    sys.stderr.write(f"mcp-foundry: {usage}\n")
    return 2


def _settings(options: SimpleNamespace) -> Settings:
    """Read the settings from the flags, the environment and the file that `--env-file` names."""
    if options.command in _WITHOUT_SETTINGS:
        return Settings()
    flags: dict[str, str] = {}
    for variable in VARIABLES:
        text = str(getattr(options, variable.field, "")).strip()
        if text:
            variable.parse(variable.flag, text)  # so that a message names the flag
            flags[variable.names[0]] = text
    for name, value in _env_file(options).items():
        # Into the environment, for azure-identity and proxies have variables of their own there.
        os.environ.setdefault(name, value)
    endpoint = VARIABLES[0]
    if options.emulation is not None:
        environment = {n: text for n, text in os.environ.items() if n not in endpoint.names}
        return Settings.read(flags, environment)
    settings = Settings.read(flags, os.environ)
    if settings.local and not settings.endpoint:
        return settings.without_project()
    needless = options.command in _WITHOUT_PROJECT or any(
        getattr(options, word, "") for word in _WITHOUT_PROJECT_TOO
    )
    if not settings.endpoint and not needless:
        from mcp_foundry.settings.misspelt import misspelt

        slips = misspelt(os.environ).items()
        slip = next(
            (
                f"; {name} is, which is no variable of mcp-foundry"
                for name, right in slips
                if right == endpoint.names[0]
            ),
            "",
        )
        raise SettingsError(
            f"{endpoint.names[0]} is not set{slip}. Set it to your project's endpoint, as in "
            f"{endpoint.names[0]}={endpoint.example} (or pass {endpoint.flag}). To try this "
            "without Azure, pass --emulator."
        )
    return settings


def _check_service(settings: Settings, options: SimpleNamespace) -> None:
    if settings.auth == "none" and settings.host == Settings.host:
        return  # as hosts start it
    from mcp_foundry.settings.service import check_service

    check_service(settings, http=bool(options.command and options.http))


def _env_file(options: SimpleNamespace) -> dict[str, str]:
    if not hasattr(options, "env_file"):
        return {}
    try:
        text = Path(options.env_file).read_text(encoding="utf-8-sig")
    except OSError as wrong:
        raise SettingsError(
            f"--env-file {options.env_file} cannot be read: {wrong.strerror}"
        ) from None
    except UnicodeDecodeError:
        raise SettingsError(f"--env-file {options.env_file} is not UTF-8 text") from None
    return read_env_file(text)
