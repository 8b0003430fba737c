"""Flags that many commands take: the settings, made from their table, and the emulator's."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING

from mcp_foundry.settings.values import default_of
from mcp_foundry.settings.variables import VARIABLES

if TYPE_CHECKING:
    from collections.abc import Callable

_SWITCHES = {v.flag for v in VARIABLES if v.flag and default_of(v) in {"on", "off"}}
EMULATOR_OPTIONS = (
    "model_url",
    "model_name",
    "latency",
    "first_token",
    "tokens_per_second",
    "data",
    "https",
    "seed",
)
"""What of the options is an argument of an `Emulator`."""
_MOST_NEEDED = frozenset({"endpoint", "agent", "max_wait", "concurrency", "save"})
# Thirty settings would push a command's own words off the screen.
_BRIEFLY = "Each is also an environment variable. `mcp-foundry --help` tells the others."


def add_settings(parser: argparse.ArgumentParser, *, brief: bool) -> None:
    """Add the flags of the settings: every command takes them, before its name or after.

    Brief, the help tells the most needed ones only.
    """
    group = (
        parser.add_argument_group("settings", _BRIEFLY)
        if brief
        else parser.add_argument_group("settings, each also an environment variable")
    )
    for variable in VARIABLES:
        if variable.flag:
            default = f"; default {default_of(variable)}" if default_of(variable) else ""
            meaning = f"{variable.meaning} ({variable.names[0]}{default})"
            group.add_argument(
                variable.flag,
                dest=variable.field,
                default=argparse.SUPPRESS,
                metavar="on|off" if variable.flag in _SWITCHES else "VALUE",
                help=meaning.replace("`", "").replace("%", "%%")
                if not brief or variable.field in _MOST_NEEDED
                else argparse.SUPPRESS,
            )
    group.add_argument(
        "--env-file",
        default=argparse.SUPPRESS,
        metavar="FILE",
        help="NAME=value lines; the environment wins over them",
    )


def add_emulator(parser: argparse.ArgumentParser, *, switch: bool, brief: bool = False) -> None:
    """Add what an emulator can be told; with the switch that embeds one.

    Brief, the help tells the switch only.
    """
    group = parser.add_argument_group("emulator")

    def add(flag: str, metavar: str, meaning: str, check: Callable[[str], object] = str) -> None:
        shown = argparse.SUPPRESS if brief else meaning
        group.add_argument(flag, default=argparse.SUPPRESS, metavar=metavar, help=shown, type=check)

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


def add_door(parser: argparse.ArgumentParser) -> None:
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


def add_port(parser: argparse.ArgumentParser) -> None:
    """Add the port of what listens."""
    parser.add_argument("--port", type=_port, default=0, help="0 (default) picks a free one")


def spelled_out(words: list[str]) -> list[str]:
    """Return `words` with a value for each bare switch, or argparse would take the next word."""
    values = {"on", "off", "true", "false", "yes", "no", "1", "0"}
    return [
        f"{word}=on" if word in _SWITCHES and following.lower() not in values else word
        for word, following in zip(words, [*words[1:], ""], strict=False)
    ]


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
