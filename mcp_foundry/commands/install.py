"""`mcp-foundry install` and `uninstall`: this server in a client's configuration, or out of it."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from mcp_foundry.commands.installing import given
from mcp_foundry.commands.installing.configuration import Configuration, ConfigurationError
from mcp_foundry.commands.installing.entries import CLIENTS, NAME
from mcp_foundry.commands.installing.files import ConfigurationFile, FileError
from mcp_foundry.commands.installing.json_text import NotationError
from mcp_foundry.commands.installing.places import Machine, PlaceError, configuration_of
from mcp_foundry.commands.installing.starting import this_process
from mcp_foundry.commands.next_to_type import in_shell, place_of

if TYPE_CHECKING:
    from types import SimpleNamespace

    from mcp_foundry.commands.installing.entries import Client
    from mcp_foundry.settings.values import Settings


def run(settings: Settings, options: SimpleNamespace) -> int:
    """Write this server into the configuration of `options.client`, show it, or take it out.

    Returns:
        The exit code: 0, or 1 where that cannot be done; then nothing was changed.

    Raises:
        UsageError: What was given cannot be written.
    """
    client = CLIENTS[options.client]
    try:
        path = configuration_of(options.client, Machine(sys.platform, os.environ))
    except PlaceError as fault:
        return _failed(str(fault))
    try:
        told = (
            _uninstall(path, client)
            if options.command == "uninstall"
            else _install(path, client, settings, options)
        )
    except FileError as fault:
        return _failed(str(fault))
    except (NotationError, ConfigurationError) as fault:
        by_hand = "" if options.command == "uninstall" else "; or add by hand what --print shows"
        mend = f"Mend that, then run this again{by_hand}."
        return _failed(f"{path} stays as it is: {fault}. {mend}")
    sys.stdout.write("".join(f"{line}\n" for line in told))
    return 0


def _failed(why: str) -> int:
    sys.stderr.write(f"mcp-foundry: {why}\n")
    return 1


def _install(path: Path, client: Client, settings: Settings, options: SimpleNamespace) -> list[str]:
    process = this_process()
    arguments = given.arguments(options.emulation)
    variables = given.variables(settings, options)
    entry = client.entry([*process.command(), *arguments], variables)
    if options.print:
        mark = "#" if client.notation == "toml" else "//"
        return [f"{mark} {path}", Configuration("", client).with_entry(entry).rstrip()]
    file = ConfigurationFile(path)
    text = Configuration(file.text, client).with_entry(entry)
    if text == file.text:
        told = [f"Nothing to do: {path} starts {NAME} like this already."]
    else:
        told = [f"{client.title} starts {NAME} like this now ({path}):", *_kept(file, text)]
    told[1:1] = [f"  {in_shell([*process.command(), *arguments])}"]
    told[2:2] = [f"  {name}={value}" for name, value in variables.items()]
    unwritten = given.unwritten()
    if unwritten and options.emulation is None:
        told.append(f"Not written, since some hold secrets: {', '.join(unwritten)}.")
    checking = in_shell([*_typed(process.command()), "check", *place_of(options)])
    return [*told, f"Next: restart {client.title}. This says whether it will work: {checking}"]


def _uninstall(path: Path, client: Client) -> list[str]:
    file = ConfigurationFile(path)
    text = Configuration(file.text, client).without_entry()
    if text == file.text:
        return [f"Nothing to do: there is no {NAME} in {path}."]
    told = _kept(file, text)
    return [f"{NAME} is out of {path}.", *told, f"Next: restart {client.title}."]


def _kept(file: ConfigurationFile, text: str) -> list[str]:
    copy = file.write(text)
    return [f"As it was, it is in {copy}."] if copy else []


def _typed(command: list[str]) -> list[str]:
    """Return a command as a person types it, where the shell finds it by its name."""
    name = Path(command[0]).stem
    return [name if shutil.which(name) else command[0], *command[1:]]
