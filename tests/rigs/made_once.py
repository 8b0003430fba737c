"""What the SDK and jsonschema work out anew for every server and client, worked out once a process.

All of it hangs on what is given alone: the schemas of a tool on its function, and whether a schema
is one on its JSON. A user's process has one server; thousands of them, one after another, spent
most of the processor time of these tests on it.
"""

from __future__ import annotations

import inspect
import json
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator
from mcp.server.mcpserver.tools.base import Tool

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest


def remember_tools(patch: pytest.MonkeyPatch) -> None:
    """Make a tool of the same function from the first one that was made of it."""
    made: dict[object, Tool] = {}
    make = Tool.from_function

    def from_function(fn: Callable[..., Any], **given: Any) -> Tool:  # noqa: ANN401 - the SDK's own
        # Each server wraps the function anew.
        key = (inspect.unwrap(fn), given["structured_output"])
        if key not in made:
            made[key] = make(fn, **given)
        how = ("title", "description", "annotations", "icons", "meta")
        return made[key].model_copy(update={"fn": fn, **{name: given[name] for name in how}})

    patch.setattr(Tool, "from_function", from_function)


def remember_schemas(patch: pytest.MonkeyPatch) -> None:
    """Check a schema once; one that is wrong is found wrong each time."""
    right: set[str] = set()
    check = Draft202012Validator.check_schema

    def check_schema(schema: Any, **options: Any) -> None:  # noqa: ANN401 - jsonschema's own
        try:
            key = json.dumps(schema)
        except (RecursionError, TypeError, ValueError):  # what a test invents
            key = ""
        if options or key not in right:
            check(schema, **options)
        if key and not options:
            right.add(key)

    patch.setattr(Draft202012Validator, "check_schema", check_schema)
