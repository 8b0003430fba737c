"""The command line: which command, with which settings.

Everything but the standard library and the settings is imported by the command that needs it, so
that `--help` answers at once.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from mcp_foundry import __version__
from mcp_foundry.settings import VARIABLES, Settings, SettingsError, read_env_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import TypeAlias

    Emulation: TypeAlias = Mapping[str, Any] | None

_CALL_HELP = """\
examples:
  mcp-foundry call ask_agent message="Hello" --emulator
  mcp-foundry call batch_ask '{"requests": [{"message": "a"}, {"message": "b"}]}'
  mcp-foundry call update_memory @arguments.json

The value of NAME=VALUE is taken as it is where the tool takes text, and as JSON elsewhere.
"""


def main(words: Sequence[str] | None = None) -> int:
    """Run the command that `words` (by default the process's arguments) name.

    Returns:
        The exit code: 0 on success, 1 on failure, 2 on wrong usage, 128 + n after signal n.
        Serving ends the process instead.
    """
    try:
        code = _run(list(sys.argv[1:] if words is None else words))
        sys.stdout.flush()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 0
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Python flushes stdout once more at exit, and would complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return code


def _run(words: list[str]) -> int:
    parser = _parser()
    options, rest = parser.parse_known_args(_spelled_out(words))
    # argparse leaves positional words that follow an option unrecognized.
    if options.command == "call" and not any(word.startswith("--") for word in rest):
        options.words += rest
    elif rest:
        parser.error(f"there is no {rest[0]}")
    emulation = _emulation(options, parser)
    if options.command == "emulator":
        from mcp_foundry.commands.emulate import serve_emulator

        return serve_emulator(options.port, emulation or {})
    try:
        settings = _settings(options)
    except SettingsError as wrong:
        return _wrong(wrong)
    _log_to_stderr(settings.log_level)
    if options.command == "call":
        return _call(settings, emulation, options)
    if options.command == "check":
        from mcp_foundry.commands.check import check

        return check(settings, emulation)
    from mcp_foundry.commands.serve import serve

    serve(settings, emulation)
    return 0


def _call(settings: Settings, emulation: Emulation, options: argparse.Namespace) -> int:
    from mcp_foundry.commands.arguments import UsageError
    from mcp_foundry.commands.call import call

    shown = {"as_json": options.json, "quiet": options.quiet}
    try:
        return call(settings, emulation, options.tool, options.words, **shown)
    except UsageError as wrong:
        return _wrong(wrong)


def _wrong(usage: Exception) -> int:
    sys.stderr.write(f"mcp-foundry: {usage}\n")
    return 2


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, and where to read more."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}. See {self.prog} --help\n")


def _parser() -> argparse.ArgumentParser:
    flags = _setting_flags()
    emulated = _emulator_flags()
    embedded = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    embedded.add_argument(
        "--emulator",
        action="store_true",
        help="work with a project emulated in this process: no Azure, no settings",
    )
    anywhere = [flags, embedded, emulated]
    parser = _Parser(
        "mcp-foundry",
        description="The agents of one Microsoft Foundry project as tools of an MCP server. "
        "Without a command it serves MCP over stdio.",
        parents=anywhere,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"mcp-foundry {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    options: Any = {"allow_abbrev": False, "formatter_class": argparse.RawDescriptionHelpFormatter}
    commands.add_parser(
        "serve", help="serve MCP over stdio (the default)", parents=anywhere, **options
    )
    call = commands.add_parser(
        "call",
        help="call one tool and print its result",
        description=_CALL_HELP,
        parents=anywhere,
        **options,
    )
    call.add_argument("tool", metavar="TOOL", help="such as ask_agent; a wrong one lists them all")
    call.add_argument(
        "words",
        metavar="ARGUMENT",
        nargs="*",
        help="NAME=VALUE, a JSON object, @FILE with one, or - for one on stdin",
    )
    call.add_argument("--json", action="store_true", help="print JSON also on a terminal")
    call.add_argument("--quiet", action="store_true", help="tell no progress")
    commands.add_parser(
        "check", help="say whether this would work, and what to do", parents=anywhere, **options
    )
    emulator = commands.add_parser(
        "emulator",
        help="serve an emulated project on loopback and print its endpoint",
        parents=[emulated],
        **options,
    )
    emulator.add_argument("--port", type=int, default=0, help="the port; 0 (default) a free one")
    return parser


def _setting_flags() -> argparse.ArgumentParser:
    """Return the flags of the settings, which every command takes, before its name or after."""
    parser = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    group = parser.add_argument_group("settings, each also an environment variable")
    for variable in VARIABLES:
        if variable.flag:
            default = f"; default {variable.default}" if variable.default else ""
            meaning = f"{variable.meaning} ({variable.names[0]}{default})"
            group.add_argument(
                variable.flag,
                dest=variable.field,
                metavar="VALUE",
                help=meaning.replace("`", "").replace("%", "%%"),
            )
    group.add_argument(
        "--env-file", metavar="FILE", help="NAME=value lines; the environment wins over them"
    )
    return parser


def _emulator_flags() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    group = parser.add_argument_group("emulator")
    group.add_argument(
        "--model-url",
        metavar="URL",
        help="an OpenAI-compatible server that answers, such as http://127.0.0.1:11434/v1",
    )
    group.add_argument("--model-name", metavar="NAME", help="the model to ask there")
    for flag, metavar, meaning in (
        ("--latency", "SECONDS", "before each reply, as a network has them"),
        ("--first-token", "SECONDS", "before a run's first token"),
        ("--tokens-per-second", "NUMBER", "the pace of text; 0 (default) is full speed"),
    ):
        group.add_argument(flag, type=_pace, metavar=metavar, help=meaning)
    return parser


def _pace(text: str) -> float:
    value = float(text)
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not 0 or more")
    return value


def _spelled_out(words: list[str]) -> list[str]:
    """Return `words` with a value for each bare switch, for argparse would take the next word."""
    switches = {v.flag for v in VARIABLES if v.flag and v.default in {"on", "off"}}
    return [f"{word}=on" if word in switches else word for word in words]


def _emulation(options: argparse.Namespace, parser: argparse.ArgumentParser) -> Emulation:
    """Return the arguments of the emulator to use, or None to use the project in the settings."""
    names = ("model_url", "model_name", "latency", "first_token", "tokens_per_second")
    given = {name: getattr(options, name) for name in names if hasattr(options, name)}
    if options.command == "emulator":
        return given
    if not hasattr(options, "emulator"):
        if given:
            flag = f"--{next(iter(given)).replace('_', '-')}"
            parser.error(f"{flag} is for the emulator, so it needs --emulator")
        return None
    if hasattr(options, "endpoint"):
        parser.error("--emulator and --endpoint exclude each other")
    return given


def _settings(options: argparse.Namespace) -> Settings:
    """Read the settings from the flags, the environment and the file that `--env-file` names."""
    flags: dict[str, str] = {}
    for variable in VARIABLES:
        text = str(getattr(options, variable.field, "")).strip()
        if text:
            variable.parse(variable.flag, text)  # so that a message names the flag
            flags[variable.names[0]] = text
    for name, value in _env_file(options).items():
        # Into the environment, for azure-identity and proxies have variables of their own there.
        os.environ.setdefault(name, value)
    if hasattr(options, "emulator"):
        project = VARIABLES[0].names
        environment = {n: text for n, text in os.environ.items() if n not in project}
        return Settings.read(flags, environment)
    settings = Settings.read(flags, os.environ)
    if not settings.endpoint:
        endpoint = VARIABLES[0]
        raise SettingsError(
            f"{endpoint.names[0]} is not set. Set it to your project's endpoint, as in "
            f"{endpoint.names[0]}={endpoint.example}, or try {endpoint.flag}; "
            "--emulator needs neither, nor Azure."
        )
    return settings


def _env_file(options: argparse.Namespace) -> dict[str, str]:
    if not hasattr(options, "env_file"):
        return {}
    try:
        return read_env_file(Path(options.env_file).read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as wrong:
        raise SettingsError(f"--env-file {options.env_file} cannot be read: {wrong}") from None


def _log_to_stderr(level: str) -> None:
    """Configure logging before the MCP SDK would, which prefers colours."""
    logging.basicConfig(
        level=level, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    if level != "DEBUG":
        for name in ("azure", "asyncio", "aiohttp", "httpx2"):
            logging.getLogger(name).setLevel(logging.WARNING)
    # At DEBUG these write whole requests, with what the user asked.
    for name in ("openai", "msal"):
        logging.getLogger(name).setLevel(logging.WARNING)
