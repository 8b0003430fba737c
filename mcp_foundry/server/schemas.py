"""Published schemas, without what a model pays for and learns nothing from.

pydantic repeats each field's name as its title, spells `None` out and notes empty defaults; hosts
put all of it before the model, with every request. Top-level `properties` are always there,
because some hosts refuse a tool without them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

Schema = dict[str, Any]
# What an agent declares of an argument is behind this: it is published as it is, and nothing within
# it is read as our own, neither here nor where arguments are brought into shape.
DECLARED = "allOf"
# A listing has its entries, and perhaps a note.
_LISTING = 2
_REPLACED = frozenset({"title", "default", "items", "additionalProperties", "$ref"})


class LeanSchemas:
    """Reduces the schemas of one listing.

    Titles of fields, nulls, empty defaults and the docstrings of classes go. Of a result the fields
    are spelled out, and of a listing, which is nothing but its entries, those of an entry too; any
    other object within a result is only said to be one.
    """

    def __init__(self) -> None:
        self._spelled: set[str] = set()
        self._deep = True

    def of_arguments(self, schema: Schema, agents: Sequence[str] = ()) -> Schema:
        """Return the schema of a tool's arguments, whole: a model may see no other tool's.

        Args:
            schema: As pydantic makes it.
            agents: Those that may be asked, where that is a few.
        """
        whole = LeanSchemas().whole(schema)
        if agents:
            own = {name for name, field in schema["properties"].items() if DECLARED in field}
            shared = {name: f for name, f in whole["properties"].items() if name not in own}
            _name_agents(shared, list(agents))
        return whole

    def of_result(self, schema: Schema) -> Schema:
        """Return the schema of a tool's result.

        Nothing is required: clients built on the TypeScript SDK hold the result of a failed call
        to this schema too, and show nothing of its `error` where that does not fit. Where another
        tool answers the same, that one's schema has it.
        """
        if schema["title"] in self._spelled:
            return {"type": "object", "properties": {}}
        self._deep = len(schema["properties"]) <= _LISTING
        whole = self.whole(schema)
        whole.pop("required", None)
        return whole

    def whole(self, schema: Schema) -> Schema:
        """Return the schema of a class, with what was not spelled out before."""
        self._spelled.add(schema["title"])
        return self._class(schema, schema.get("$defs") or {})

    def _class(self, schema: Schema, definitions: dict[str, Schema]) -> Schema:
        # Its description is the class's docstring, which is for the readers of the code.
        fields: dict[str, Schema] = schema.get("properties") or {}
        told = {name: self._field(field, definitions) for name, field in fields.items()}
        # What may be anything is not listed: a schema without a word is taken for a mistake.
        properties = {name: field for name, field in told.items() if field}
        reduced: Schema = {"properties": properties}
        return reduced | _pick(schema, "type", "required")

    def _field(self, schema: Schema, definitions: dict[str, Schema]) -> Schema:
        if declared := schema.get(DECLARED):
            return declared[0]
        if choices := schema.get("anyOf"):
            # Only `X | None` occurs; what is not required may be left out, which says the same.
            (choice,) = (each for each in choices if each != {"type": "null"})
            schema = choice | _pick(schema, "description", "default")
        told = {key: value for key, value in schema.items() if key not in _REPLACED}
        if reference := schema.get("$ref"):
            name = reference.removeprefix("#/$defs/")
            if name in self._spelled or not self._deep:
                return {"type": "object"} | told
            self._spelled.add(name)
            return self._class(definitions[name], definitions) | told
        if "items" in schema:
            told["items"] = self._field(schema["items"], definitions)
        if isinstance(further := schema.get("additionalProperties"), dict):
            told["additionalProperties"] = further
        if schema.get("default"):
            told["default"] = schema["default"]
        return told


def _name_agents(properties: Schema, agents: list[str]) -> None:
    for name, field in properties.items():
        if name == "agent":
            # An empty one is a choice, too, for hosts that hold a model to the schema.
            field["enum"] = ["", *agents]
        elif name == "agent_name":
            field["enum"] = agents
        elif "items" in field:
            _name_agents(field["items"].get("properties") or {}, agents)


def _pick(schema: Schema, *keys: str) -> Schema:
    return {key: schema[key] for key in keys if key in schema}
