"""What each command takes beside the flags that many of them have."""

from __future__ import annotations

from argparse import SUPPRESS, Action
from pathlib import Path
from textwrap import indent
from typing import TYPE_CHECKING, NamedTuple

from mcp_foundry.commands.line import more
from mcp_foundry.commands.line.flags import add_door, add_emulator, add_port, add_settings
from mcp_foundry.commands.outcome import MEANINGS

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable

_CODES = "\n".join(
    [*(f"{code}  {meaning}" for code, meaning in MEANINGS.items()), "128 + n after signal n"]
)
_OF_CODES = "exit codes (--tolerant makes 3 to 6 zero)"
EXIT_CODES = f"{_OF_CODES}:\n{indent(_CODES, '  ')}\n"
"""What `--help` says of them."""


class _ToolHelp(Action):
    """The help of the tool that was named, or else that of the command."""

    def __call__(self, parser: ArgumentParser, namespace: Namespace, *_: object) -> None:
        if getattr(namespace, "tool", None) is None:
            parser.print_help()
            parser.exit()
        namespace.help = True


class Command(NamedTuple):
    """One command.

    Attributes:
        usage: Its words beside its options.
        meaning: What it does, in a few words.
        add: Adds what it takes.
        most: How many of its own words it takes at most; 0 where they have names.
        more: What else its help says.
        helps: Whether argparse answers its --help.
    """

    usage: str
    meaning: str
    add: Callable[[ArgumentParser], None]
    most: int = 0
    more: str = ""
    helps: bool = True


def _serve(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--http",
        action="store_true",
        help="serve HTTP and print its URL: on loopback, or under --auth entra anywhere",
    )
    add_port(parser)
    _add_project(parser)


def _ask(parser: ArgumentParser) -> None:
    _add_words(parser, "AGENT TEXT", "whom to ask (NAME, NAME:VERSION, asst_...), and what")
    _add_question(parser)
    parser.add_argument("--wait", action="store_true", help="wait as long as the answer takes")
    parser.add_argument("--json", action="store_true", help="print the answer as JSON instead")
    _add_tolerant(parser)
    _add_project(parser)


def _chat(parser: ArgumentParser) -> None:
    _add_words(parser, "AGENT", "whom to ask; by default that of --agent")
    _add_question(parser)
    _add_project(parser)


def _add_question(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--file",
        dest="attached",  # `files` is the setting
        action="append",
        default=[],
        metavar="PATH",
        help="send this file along; may be given again",
    )
    parser.add_argument(
        "--input",
        dest="inputs",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a structured input that the agent declares; may be given again",
    )
    place = parser.add_mutually_exclusive_group()
    place.add_argument(
        "--conversation",
        dest="conversation_id",
        default="",
        metavar="ID",
        help="go on with this conversation; `new` begins a durable one",
    )
    place.add_argument(
        "--continue",
        dest="go_on",
        action="store_true",
        help="go on with the last conversation with this agent on this machine",
    )


def _batch(parser: ArgumentParser) -> None:
    parser.add_argument("rows", metavar="FILE", help="the questions: JSONL, CSV, or - for stdin")
    parser.add_argument(
        "--output", required=True, type=Path, metavar="OUT", help="the answers: JSONL"
    )
    parser.add_argument(
        "--message",
        default="",
        metavar="TEXT",
        help="asked of each row, {NAME} being a column; @FILE reads it from a file",
    )
    parser.add_argument("--quiet", action="store_true", help="draw no bar")
    _add_tolerant(parser)
    _add_project(parser)


def _call(parser: ArgumentParser) -> None:
    parser.add_argument("-h", "--help", action=_ToolHelp, nargs=0, default=False, help=SUPPRESS)
    parser.add_argument("tool", metavar="TOOL", help="such as ask_agent; see `mcp-foundry tools`")
    _add_words(parser, "ARGUMENT", "NAME=VALUE, a JSON object, @FILE with one, or - for stdin")
    parser.add_argument("--json", action="store_true", help="print JSON also on a terminal")
    parser.add_argument(
        "--lines", action="store_true", help="print each answer of a batch as a line when it comes"
    )
    parser.add_argument("--quiet", action="store_true", help="tell no progress")
    _add_tolerant(parser)
    _add_project(parser)


def _tools(parser: ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print the tools with their schemas")
    _add_project(parser)


def _install(parser: ArgumentParser) -> None:
    _add_client(parser)
    parser.add_argument("--print", action="store_true", help="only show what would be written")
    _add_project(parser)


def _add_client(parser: ArgumentParser) -> None:
    from mcp_foundry.commands.installing.entries import CLIENTS

    parser.add_argument("client", metavar="CLIENT", choices=CLIENTS, help=", ".join(CLIENTS))


def _check(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--token",
        default="",
        metavar="FILE",
        help="instead, say which rule of a service this access token breaks; - reads it from stdin",
    )
    _add_project(parser)


def _probe(parser: ArgumentParser) -> None:
    _add_words(parser, "AGENT", "NAME or NAME:VERSION; by default that of --agent")
    parser.add_argument("--json", action="store_true", help="print JSON for an issue report")
    parser.add_argument("--yes", action="store_true", help="do not ask before paying for it")
    _add_project(parser)


def _emulator(parser: ArgumentParser) -> None:
    add_port(parser)
    add_door(parser)
    add_emulator(parser, switch=False)


def _add_words(parser: ArgumentParser, name: str, meaning: str) -> None:
    parser.add_argument("words", metavar=name, nargs="*", default=[], help=meaning)


def _add_tolerant(parser: ArgumentParser) -> None:
    parser.add_argument("--tolerant", action="store_true", help="make exit codes 3 to 6 zero")
    parser.add_argument_group(_OF_CODES, _CODES)


def _add_project(parser: ArgumentParser) -> None:
    add_settings(parser, brief=True)
    add_emulator(parser, switch=True, brief=True)


_ANY_NUMBER = 1_000_000
COMMANDS: dict[str, Command] = {
    "serve": Command("", "serve MCP over stdio (what happens without a command)", _serve),
    "ask": Command(
        "[AGENT] [TEXT] ", "ask one question and print the answer", _ask, _ANY_NUMBER, more.ASK
    ),
    "chat": Command("[AGENT] ", "talk to an agent, turn by turn", _chat, 1, more.CHAT),
    "batch": Command("FILE --output OUT ", "ask each row of a file", _batch, more=more.BATCH),
    "call": Command(
        "TOOL [NAME=VALUE ... | JSON | @FILE | -] ",
        "call one tool and print its result",
        _call,
        _ANY_NUMBER,
        more.CALL,
        helps=False,
    ),
    "tools": Command("", "list the tools and what each takes", _tools),
    "install": Command("CLIENT ", "write this server into a client's configuration", _install),
    "uninstall": Command("CLIENT ", "take it out again", _add_client),
    "check": Command("", "say whether this would work, and what to do", _check),
    "probe": Command("[AGENT] ", "try what of the protocol holds here", _probe, 1, more.PROBE),
    "emulator": Command("", "serve an emulated project and print its endpoint", _emulator),
}
"""Every command, in the order of `--help`."""
