"""Structured inputs: what a version of an agent declares, and whether what is given fits it.

An agent's instructions and tools have places for them. What is wrong is found before anything is
sent; values are never repeated in a message, for there may be secrets among them.
"""

from __future__ import annotations

from json import dumps
from typing import TYPE_CHECKING

from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.contract.json import object_in, text_in
from mcp_foundry.project.answer_schema import AnswerSchema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcp_foundry.agents.generation import Generations
    from mcp_foundry.contract.json import Json
    from mcp_foundry.settings.values import Settings

_LONGEST_SCHEMA = 200
_MOST_TOLD = 20


async def check_inputs(
    generations: Generations, settings: Settings, agent: str, given: Mapping[str, object]
) -> None:
    """Refuse inputs that an agent does not take, or lacks.

    What it declares is read where that is not known, and where it may have changed. Nothing is read
    for a question without inputs: where some are required, the service says so.

    Raises:
        FoundryError: `invalid_request`; or what came of reading the declaration.
    """
    size, most = len(dumps(dict(given)).encode()) if given else 0, settings.limits.message
    if size > most:
        raise FoundryError(
            "invalid_request",
            f"inputs have {size:,} bytes, more than the {most:,} that may be sent. Shorten them.",
        )
    catalog = generations.catalog_of(agent)
    declared = catalog.known_inputs(agent)
    if declared is None and not given:
        return
    if declared is None or _complaint(declared, given):
        declared = await catalog.inputs(agent)
    if declared is not None and (complaint := _complaint(declared, given)):
        raise FoundryError(
            "invalid_request", f"agent '{agent}': {complaint} {_told(declared)} Nothing was asked."
        )


def _complaint(declared: Json, given: Mapping[str, object]) -> str:
    """Return what is wrong with inputs; nothing where they fit."""
    unknown = [name[:40] for name in given if name not in declared]
    if unknown:
        return f"it has no input {', '.join(map(repr, unknown[:_MOST_TOLD]))}."
    required = [name for name, each in declared.items() if object_in(each).get("required") is True]
    missing = [name for name in required if name not in given]
    if missing:
        return f"its input {', '.join(map(repr, missing[:_MOST_TOLD]))} is missing."
    for name, value in given.items():
        schema = object_in(object_in(declared[name]).get("schema"))
        if not _fits(schema, value):
            shown = dumps(schema, ensure_ascii=False)[:_LONGEST_SCHEMA]
            return f"the value of its input '{name}' does not meet its schema, {shown}."
    return ""


def _fits(schema: Json, value: object) -> bool:
    if not schema:
        return True
    try:
        return AnswerSchema(schema).fits(value)
    except FoundryError:
        return True  # a schema that cannot be checked here is the service's to check


def _told(declared: Json) -> str:
    if not declared:
        return "It declares no inputs."
    parts = [_input(name, object_in(each)) for name, each in list(declared.items())[:_MOST_TOLD]]
    return f"Its inputs are: {', '.join(parts)}."


def _input(name: str, declared: Json) -> str:
    kind = text_in(object_in(declared.get("schema")).get("type"))
    needed = "required" if declared.get("required") is True else ""
    told = ", ".join(filter(None, (kind, needed)))
    return f"{name} ({told})" if told else name
