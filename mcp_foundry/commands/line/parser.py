"""What a command line asks for, from its words."""

from __future__ import annotations

import argparse
from typing import NoReturn

from mcp_foundry import __version__
from mcp_foundry.commands.line.flags import (
    EMULATOR_OPTIONS,
    add_emulator,
    add_settings,
    spelled_out,
)
from mcp_foundry.commands.line.options import COMMANDS

_EXAMPLES = """\
`mcp-foundry COMMAND --help` tells what each takes. For example:
  mcp-foundry ask "What are you?" --emulator
  mcp-foundry install claude-code
  mcp-foundry check
"""


def parse(words: list[str]) -> argparse.Namespace:
    """Return what `words` ask for.

    It has `command` (None to serve), the given settings by the names of their fields, and
    `emulation`: the arguments of the emulator to use, or None for the project in the settings;
    and `line`, the words themselves.

    Raises:
        SystemExit: After `--help` and `--version`, or with a message where the words are wrong.
    """
    parser = _parser(words)
    options, rest = parser.parse_known_args(spelled_out(words))
    most = COMMANDS[options.command].most if options.command else 0
    # argparse leaves positional words that follow an option unrecognized.
    if most and not any(word.startswith("--") for word in rest):
        options.words = [*options.words, *rest]
        rest = options.words[most:]
    if rest:
        parser.error(f"there is no {rest[0]}")
    given = {name: getattr(options, name) for name in EMULATOR_OPTIONS if name in options}
    emulates = options.command == "emulator" or "emulator" in options
    if given and not emulates:
        flag = f"--{next(iter(given)).replace('_', '-')}"
        parser.error(f"{flag} is for the emulator, so it needs --emulator")
    if emulates and "endpoint" in options:
        parser.error("the emulator and --endpoint exclude each other")
    options.emulation, options.line = given if emulates else None, words
    return options


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, and where to read more."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}. See {self.prog} --help\n")


def _parser(words: list[str]) -> argparse.ArgumentParser:
    parser = _Parser(
        "mcp-foundry",
        usage="%(prog)s [OPTION ...] [COMMAND] [OPTION ...]",
        description="The agents of one Microsoft Foundry project as tools of an MCP server.\n"
        "Without a command it serves MCP over stdio.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"mcp-foundry {__version__}")
    commands = parser.add_subparsers(title="commands", dest="command", metavar="COMMAND")
    for name, command in COMMANDS.items():
        adding = commands.add_parser(
            name,
            prog=f"mcp-foundry {name}",
            usage=f"%(prog)s {command.usage}[OPTION ...]",
            help=command.meaning,
            description=f"{command.meaning[0].upper()}{command.meaning[1:]}.\n\n{command.more}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
            add_help=command.helps,
        )
        # Each has the thirty flags of the settings, and adding them takes a millisecond.
        if name in words:
            command.add(adding)
    add_settings(parser, brief=False)
    add_emulator(parser, switch=True)
    return parser
