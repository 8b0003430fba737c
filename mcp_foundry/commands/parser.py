"""The words of the command line: commands, flags, and what `--help` says of them.

The flags of the settings are made from the table of the settings, so that nothing is said twice.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from mcp_foundry import __version__
from mcp_foundry.settings.values import default_of
from mcp_foundry.settings.variables import VARIABLES

if TYPE_CHECKING:
    from collections.abc import Callable

_CALL_USAGE = "TOOL [NAME=VALUE ... | JSON | @FILE | -] "
_CALL_EXAMPLES = """\
A NAME=VALUE is taken as it is where the tool takes text, and as JSON elsewhere. For example:
  mcp-foundry call ask_agent message="Hello" --emulator
  mcp-foundry call search_memory scope=anna query=coffee limit=3
  mcp-foundry call batch_ask '{"requests": [{"message": "a"}, {"message": "b"}]}'
"""
_PROBE_MORE = """\
It asks the agent some twenty short questions, each of which is paid for, and asks before. What
--json prints names no project, host, agent or id: it is fit for an issue report.
"""
_SWITCHES = {v.flag for v in VARIABLES if v.flag and default_of(v) in {"on", "off"}}
_EMULATOR_OPTIONS = (
    "model_url",
    "model_name",
    "latency",
    "first_token",
    "tokens_per_second",
    "data",
    "https",
    "seed",
)


def parse(words: list[str]) -> argparse.Namespace:
    """Return what `words` ask for.

    It has `command` (None to serve), the given settings by the names of their fields, and
    `emulation`: the arguments of the emulator to use, or None for the project in the settings.

    Raises:
        SystemExit: After `--help` and `--version`, or with a message where the words are wrong.
    """
    parser = _parser()
    options, rest = parser.parse_known_args(_spell_out_switches(words))
    # argparse leaves positional words that follow an option unrecognized.
    if options.command == "call" and not any(word.startswith("--") for word in rest):
        options.words = [*options.words, *rest]
    elif rest:
        parser.error(f"there is no {rest[0]}")
    given = {name: getattr(options, name) for name in _EMULATOR_OPTIONS if name in options}
    emulates = options.command == "emulator" or "emulator" in options
    if given and not emulates:
        flag = f"--{next(iter(given)).replace('_', '-')}"
        parser.error(f"{flag} is for the emulator, so it needs --emulator")
    if emulates and "endpoint" in options:
        parser.error("the emulator and --endpoint exclude each other")
    options.emulation = given if emulates else None
    return options


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, and where to read more."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}. See {self.prog} --help\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        "mcp-foundry",
        usage="%(prog)s [OPTION ...] [COMMAND] [OPTION ...]",
        description="The agents of one Microsoft Foundry project as tools of an MCP server. "
        "Without a command it serves MCP over stdio.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"mcp-foundry {__version__}")
    commands = parser.add_subparsers(title="commands", dest="command", metavar="COMMAND")

    def command(name: str, usage: str, meaning: str, more: str = "") -> argparse.ArgumentParser:
        return commands.add_parser(
            name,
            prog=f"mcp-foundry {name}",
            usage=f"%(prog)s {usage}[OPTION ...]",
            help=meaning,
            description=f"{meaning[0].upper()}{meaning[1:]}.",
            epilog=more,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )

    serve = command("serve", "", "serve MCP over stdio (what happens without a command)")
    serve.add_argument(
        "--http", action="store_true", help="serve HTTP on loopback and print its URL"
    )
    call = command("call", _CALL_USAGE, "call one tool and print its result", _CALL_EXAMPLES)
    check = command("check", "", "say whether this would work, and what to do")
    probe = command("probe", "[AGENT] ", "try what of the protocol holds here", _PROBE_MORE)
    emulator = command("emulator", "", "serve an emulated project and print its endpoint")
    call.add_argument("tool", metavar="TOOL", help="such as ask_agent; a wrong one lists them all")
    call.add_argument(
        "words",
        metavar="ARGUMENT",
        nargs="*",
        default=[],
        help="NAME=VALUE, a JSON object, @FILE with one, or - for one on stdin",
    )
    call.add_argument("--json", action="store_true", help="print JSON also on a terminal")
    call.add_argument("--quiet", action="store_true", help="tell no progress")
    probe.add_argument(
        "agent_to_probe",  # `agent` is the setting
        metavar="AGENT",
        nargs="?",
        default="",
        help="NAME or NAME:VERSION; by default that of --agent",
    )
    probe.add_argument("--json", action="store_true", help="print JSON for an issue report")
    probe.add_argument("--yes", action="store_true", help="do not ask before paying for it")
    for each in (serve, emulator):
        each.add_argument("--port", type=_port, default=0, help="0 (default) picks a free one")
    _add_door(emulator)
    for each in (parser, serve, call, check, probe):
        _add_settings(each)
    for each in (parser, serve, call, check, probe, emulator):
        _add_emulator(each, switch=each is not emulator)
    return parser


def _add_settings(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the settings: every command takes them, before its name or after."""
    group = parser.add_argument_group("settings, each also an environment variable")
    for variable in VARIABLES:
        if variable.flag:
            default = f"; default {default_of(variable)}" if default_of(variable) else ""
            meaning = f"{variable.meaning} ({variable.names[0]}{default})"
            group.add_argument(
                variable.flag,
                dest=variable.field,
                default=argparse.SUPPRESS,
                metavar="on|off" if variable.flag in _SWITCHES else "VALUE",
                help=meaning.replace("`", "").replace("%", "%%"),
            )
    group.add_argument(
        "--env-file",
        default=argparse.SUPPRESS,
        metavar="FILE",
        help="NAME=value lines; the environment wins over them",
    )


def _add_door(parser: argparse.ArgumentParser) -> None:
    """Add what only an emulator that others come to needs."""
    parser.add_argument(
        "--https",
        action="store_true",
        default=argparse.SUPPRESS,
        help="speak TLS, with a certificate of your own authority: the Azure SDKs insist on it",
    )
    parser.add_argument(
        "--env",
        nargs="?",
        const="sh",
        default="",
        choices=("sh", "powershell"),
        help="leave it running, and print the variables by which other programs find it and sign "
        'in: eval "$(mcp-foundry emulator --https --env)"',
    )
    parser.add_argument(
        "--log", action="store_true", help="tell each request on stderr, and what the model did"
    )
    parser.add_argument(
        "--data",
        default=argparse.SUPPRESS,
        metavar="FILE",
        type=_file,
        help="keep the project in that file, where it is found again; without, in memory",
    )
    # What --env adds to the words of the process that it leaves running.
    parser.add_argument("--left-running", action="store_true", help=argparse.SUPPRESS)


def _add_emulator(parser: argparse.ArgumentParser, *, switch: bool) -> None:
    group = parser.add_argument_group("emulator")

    def add(flag: str, metavar: str, meaning: str, check: Callable[[str], object] = str) -> None:
        group.add_argument(
            flag, default=argparse.SUPPRESS, metavar=metavar, help=meaning, type=check
        )

    if switch:
        group.add_argument(
            "--emulator",
            action="store_true",
            default=argparse.SUPPRESS,
            help="work with a project emulated in this process: no Azure, no settings",
        )
    url = "http://127.0.0.1:11434/v1"
    add("--model-url", "URL", f"an OpenAI-compatible server that answers, such as {url}")
    add("--model-name", "NAME", "the model to ask there")
    add("--seed", "FILE", "what it holds at first, in YAML or JSON; see docs/emulator.md", Path)
    add("--latency", "SECONDS", "before each reply, as a network has them", _amount)
    add("--first-token", "SECONDS", "before a run's first token", _amount)
    add("--tokens-per-second", "N", "the pace of text; 0 (default) is full speed", _amount)


def _amount(text: str) -> float:
    if not re.fullmatch(r"\d+(\.\d+)?|\.\d+", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of 0 or more")
    return float(text)


def _file(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("it names no file")
    return Path(text)


def _port(text: str) -> int:
    if not re.fullmatch(r"\d{1,5}", text) or int(text) >= 2**16:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port from 0 to 65535")
    return int(text)


def _spell_out_switches(words: list[str]) -> list[str]:
    """Return `words` with a value for each bare switch, or argparse would take the next word."""
    values = {"on", "off", "true", "false", "yes", "no", "1", "0"}
    return [
        f"{word}=on" if word in _SWITCHES and following.lower() not in values else word
        for word, following in zip(words, [*words[1:], ""], strict=False)
    ]
