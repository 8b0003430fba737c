"""The text of a client's configuration, with this server's entry in it and without."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mcp_foundry.commands.installing import json_edits, json_text, toml_edits, toml_text
from mcp_foundry.commands.installing.entries import NAME, is_ours, merged
from mcp_foundry.commands.installing.json_text import Json, NotationError, is_object

if TYPE_CHECKING:
    from mcp_foundry.commands.installing.entries import Client


class ConfigurationError(Exception):
    """A configuration cannot take the change and stay as it is; the message says why."""


class Configuration:
    """What a client's configuration says.

    Args:
        text: The configuration as it was typed; "" where there is none.
        client: Whose it is.

    Raises:
        NotationError: It is not what the client could read; the message says where.
        ConfigurationError: It holds something else where the servers belong.
    """

    def __init__(self, text: str, client: Client) -> None:
        self._text = text
        self._client = client
        self._parse = toml_text.parse if client.notation == "toml" else json_text.parse
        self._edits = toml_edits if client.notation == "toml" else json_edits
        whole = self._parse(text)
        if not is_object(whole):
            raise ConfigurationError("it holds something else than an object")
        self._whole = whole
        if not is_object(whole.get(client.key, {})):
            raise ConfigurationError(f"its {client.key} is something else than an object")

    def with_entry(self, entry: Json) -> str:
        """Return the text with `entry` in it; where it has one of ours, with that brought up to it.

        Raises:
            ConfigurationError: Another server has our name, or this cannot be done safely.
        """
        found = _entry(self._whole, self._client)
        if found is None:
            return self._changed({(): entry}, entry)
        self._check_ours(found)
        wanted = merged(entry, found)
        return self._changed(_differences(found, wanted), wanted)

    def without_entry(self) -> str:
        """Return the text without our entry.

        Raises:
            ConfigurationError: Another server has our name, or this cannot be done safely.
        """
        found = _entry(self._whole, self._client)
        if found is None:
            return self._text
        self._check_ours(found)
        return self._changed({(): None}, None)

    def _check_ours(self, found: object) -> None:
        if not is_ours(found):
            shown = json.dumps(found, ensure_ascii=False, default=str)
            raise ConfigurationError(
                f"another server is called {NAME} there, and is none of ours: {shown[:120]}. Give "
                "it another name, or take it out"
            )

    def _changed(self, changes: dict[tuple[str, ...], Any], wanted: Json | None) -> str:
        """Make changes within our entry, and see that all else is what it was."""
        text = self._text
        try:
            for inner, value in changes.items():
                path = (self._client.key, NAME, *inner)
                text = (
                    self._edits.drop(text, path)
                    if value is None
                    else self._edits.put(text, path, value)
                )
            whole = self._parse(text)
        except NotationError:
            whole = {}
        if _entry(whole, self._client) != wanted or self._rest(whole) != self._rest(self._whole):
            raise ConfigurationError("it is written in a way that cannot be changed safely")
        return text

    def _rest(self, whole: Json) -> str:
        """Return all but our entry, in its order, so that it can be compared: NaN is not NaN."""
        key = self._client.key
        others = {name: each for name, each in whole.get(key, {}).items() if name != NAME}
        rest = {name: others if name == key else each for name, each in whole.items()}
        if not others:
            rest.pop(key, None)
        return repr(rest)


def _entry(whole: Json, client: Client) -> Any:  # noqa: ANN401 - whatever a person has typed there
    return whole.get(client.key, {}).get(NAME)


def _differences(old: Json, new: Json) -> dict[tuple[str, ...], Any]:
    """Return what is to be put at which place within `old` to make it `new`; None takes out."""
    found: dict[tuple[str, ...], Any] = {(name,): None for name in old if name not in new}
    for name, value in new.items():
        before = old.get(name)
        if is_object(before) and is_object(value):
            inner = _differences(before, value)
            found |= {(name, *path): each for path, each in inner.items()}
        elif before != value or name not in old:
            found[name,] = value
    return found
