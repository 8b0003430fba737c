"""What a command that is shipped in some file comes to: its settings, where it would start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_foundry.commands.line.parser import parse
from mcp_foundry.settings.service import check_service
from mcp_foundry.settings.values import Settings
from mcp_foundry.settings.variables import VARIABLES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Read by Azure's own libraries, by Python's and by those of HTTP.
_OF_OTHERS = frozenset({"AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "NO_PROXY"})


def unknown(environment: Mapping[str, str]) -> list[str]:
    """Return the variables that nobody reads."""
    known = _OF_OTHERS.union(*(variable.names for variable in VARIABLES))
    return [name for name in environment if name not in known]


def is_default(environment: Mapping[str, str], name: str) -> bool:
    """Return whether a service would do the same if this variable were not set."""
    others = {each: value for each, value in environment.items() if each != name}
    signed_in = {"MCP_FOUNDRY_AUTH": "entra"}
    return Settings.read(environment, signed_in) == Settings.read(others, signed_in)


def settings_of(words: Sequence[str], environment: Mapping[str, str]) -> Settings:
    """Return what `mcp-foundry` with these words and variables is set to.

    Raises:
        SystemExit: It does not take the words.
        SettingsError: It would not start.
    """
    options = parse(list(words))
    flags = {
        variable.names[0]: getattr(options, variable.field)
        for variable in VARIABLES
        if hasattr(options, variable.field)
    }
    settings = Settings.read(flags, environment)
    check_service(settings, http=options.http)
    return settings
