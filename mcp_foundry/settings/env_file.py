"""The file that `--env-file` names."""

from __future__ import annotations

import re
from typing import cast

from mcp_foundry.settings.variable import SettingsError
from mcp_foundry.settings.variables import PROJECT


def read_env_file(text: str) -> dict[str, str]:
    """Return the assignments of a `.env` file: `NAME=value` lines, `export` and quotes allowed.

    Raises:
        SettingsError: A line is neither an assignment, a comment, nor empty.
    """
    found: dict[str, str] = {}
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        match = re.fullmatch(r"(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*)", line)
        if not match:
            raise SettingsError(
                f"line {number} of the --env-file is no NAME=value line. For example: "
                f"FOUNDRY_PROJECT_ENDPOINT={PROJECT}"
            )
        value = match[2]
        quoted = re.fullmatch(r"(['\"])(.*)\1(?:\s+#.*)?", value)
        found[match[1]] = quoted[2] if quoted else cast("str", re.split(r"\s+#", value)[0]).strip()
    return found
