"""Credentials, kept out of what a person or a model reads."""

from __future__ import annotations

import re
from typing import Any, cast

# What a secret looks like inside a foreign message: a bearer token, a JSON web token, the signature
# of a shared-access URL, a key in a query or a JSON field.
_SECRETS = re.compile(
    r"(?i)\b(bearer\s+)[\w.~+/=-]{8,}|\beyJ[\w-]{8,}\.[\w-]+\.?[\w-]*"
    r"|([?&;](?:sig|code|key|token|api-key|subscription-key|\w*AccessKey|AccountKey)=)[^&;\s\"']+"
    r"|(\"?(?:api[-_]?key|client[-_]?secret|access[-_]?token|password)\"?\s*[:=]\s*\"?)[^\s\"',}&]+"
)
# Definitions carry what their tools send: the headers of MCP servers and of OpenAPI calls.
# A hosted agent's variables come back as they were set, secrets among them.
_ALL_BELOW = frozenset({"headers", "credentials", "environment_variables"})
_ITSELF = frozenset({"authorization", "api_key", "key"})


def without_secrets(text: str) -> str:
    """Return `text` with everything that looks like a credential blanked out."""
    return _SECRETS.sub(lambda found: f"{next((g for g in found.groups() if g), '')}***", text)


def without_credentials(value: object, *, secret: bool = False) -> object:
    """Return JSON with everything blanked out that is a credential, by its name or its look."""
    if isinstance(value, dict):
        return {
            key: without_credentials(item, secret=secret or _names_secret(key, item))
            for key, item in cast("dict[str, Any]", value).items()
        }
    if isinstance(value, list):
        return [without_credentials(item, secret=secret) for item in cast("list[object]", value)]
    if isinstance(value, str):
        return "***" if secret else without_secrets(value)
    return value


def _names_secret(key: str, item: object) -> bool:
    # A schema may well describe a parameter called `key`; only a text under that name is one.
    return key.lower() in _ALL_BELOW or (key.lower() in _ITSELF and isinstance(item, str))
