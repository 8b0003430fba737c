"""Where each client keeps the configuration of a user."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class PlaceError(Exception):
    """It cannot be told where a configuration is; the message says what to set."""


class Machine(NamedTuple):
    """What decides where a user's files are.

    Attributes:
        platform: As `sys.platform` names it.
        environment: The variables of the user's shell.
    """

    platform: str
    environment: Mapping[str, str]

    @property
    def home(self) -> Path:
        """The user's folder.

        Raises:
            PlaceError: The environment does not name it.
        """
        windows = self.platform == "win32"
        name, example = ("USERPROFILE", r"C:\Users\ada") if windows else ("HOME", "/home/ada")
        return self._folder(name) or self._unknown(name, example)

    @property
    def applications(self) -> Path:
        """The folder in which programs with windows keep what a user has set."""
        if self.platform == "win32":
            return self._folder("APPDATA") or self.home / "AppData" / "Roaming"
        if self.platform == "darwin":
            return self.home / "Library" / "Application Support"
        return self._folder("XDG_CONFIG_HOME") or self.home / ".config"

    @property
    def packages(self) -> Path:
        """Where Windows keeps the files of programs that its store delivers."""
        return (self._folder("LOCALAPPDATA") or self.home / "AppData" / "Local") / "Packages"

    def moved(self, variable: str, usual: str) -> Path:
        """Return the folder that `variable` names, or else the `usual` one in the user's."""
        return self._folder(variable) or self.home / usual

    def _folder(self, variable: str) -> Path | None:
        folder = Path(self.environment.get(variable, ""))
        return folder if folder.is_absolute() else None

    def _unknown(self, name: str, example: str) -> Path:
        given = self.environment.get(name, "")
        wrong = f"{given!r} is no whole path" if given else "is not set"
        raise PlaceError(
            f"{name} {wrong}, so nobody knows where your programs keep their settings. "
            f"Set it to your own folder, as in {name}={example}."
        )


def configuration_of(client: str, machine: Machine) -> Path:
    """Return the file in which `client` keeps the servers that its user has everywhere.

    Raises:
        PlaceError: The environment does not tell.
    """
    return _PLACES[client](machine)


def _claude_desktop(machine: Machine) -> Path:
    folder = machine.applications / "Claude"
    if machine.platform == "win32":
        # As Windows packages it, it sees a folder of its own in that one's place.
        packaged = sorted(machine.packages.glob("Claude_*/LocalCache/Roaming/Claude"))
        folder = packaged[0] if packaged else folder
    return folder / "claude_desktop_config.json"


def _vscode(machine: Machine) -> Path:
    stable, insiders = (machine.applications / name for name in ("Code", "Code - Insiders"))
    only_insiders = insiders.is_dir() and not stable.is_dir()
    return (insiders if only_insiders else stable) / "User" / "mcp.json"


_PLACES: dict[str, Callable[[Machine], Path]] = {
    "claude-desktop": _claude_desktop,
    "claude-code": lambda machine: machine.moved("CLAUDE_CONFIG_DIR", "") / ".claude.json",
    "vscode": _vscode,
    "cursor": lambda machine: machine.home / ".cursor" / "mcp.json",
    "codex": lambda machine: machine.moved("CODEX_HOME", ".codex") / "config.toml",
    "copilot-cli": lambda machine: machine.moved("COPILOT_HOME", ".copilot") / "mcp-config.json",
    "gemini": lambda machine: machine.moved("GEMINI_CLI_HOME", "") / ".gemini" / "settings.json",
}
