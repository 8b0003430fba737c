"""Which of the declared tools a question is answered with."""

import re
from collections.abc import Iterable

from mcp_foundry.emulator.wire.values import Json, as_list, as_object, as_text

WORD = re.compile(r"[^\W_]{3,}")
# Words that are in so many descriptions that they point to none.
COMMON = frozenset(
    {
        "about",
        "are",
        "can",
        "for",
        "from",
        "get",
        "given",
        "give",
        "has",
        "how",
        "its",
        "not",
        "one",
        "please",
        "tell",
        "that",
        "the",
        "this",
        "use",
        "used",
        "user",
        "what",
        "when",
        "where",
        "which",
        "with",
        "you",
        "your",
        "and",
        "any",
    }
)
STEM = 5
FUNCTIONS = ("function", "custom")


def choose(tools: Iterable[Json], choice: object, message: str) -> list[Json]:
    """The tools that one question uses, in the order in which they are declared.

    Each tool of the service is used; of the caller's functions those that the message speaks
    of, else the first. `choice` is the `tool_choice` of a request: it may forbid, or name one.
    """
    offered = _allowed([*tools], choice)
    functions = [tool for tool in offered if tool.get("type") in FUNCTIONS]
    spoken_of = [tool for tool in functions if _stems(_about(tool)) & _stems(message)]
    left_out = [tool for tool in functions if tool not in (spoken_of or functions[:1])]
    return [tool for tool in offered if tool not in left_out]


def _allowed(tools: list[Json], choice: object) -> list[Json]:
    """What is left of the tools by a `tool_choice` of either API."""
    if choice == "none":
        return []
    named = as_object(choice)
    if named.get("type") == "allowed_tools":
        wanted = [as_object(each) for each in as_list(named.get("tools"))]
        return [tool for tool in tools if any(_is(tool, each) for each in wanted)]
    return [tool for tool in tools if _is(tool, named)] if named else tools


def _is(tool: Json, wanted: Json) -> bool:
    """Whether a tool is the one that a `tool_choice` names, by type, name or server."""
    same = tool.get("type") == wanted.get("type")
    for field in ("name", "server_label"):
        given = wanted.get(field) or as_object(wanted.get("function")).get(field)
        same = same and given in (None, details(tool).get(field), "" if field == "name" else None)
    return same


def details(tool: Json) -> Json:
    """What a tool says of itself: beside its type, or below it as the older API has it."""
    return {**tool, **as_object(tool.get(as_text(tool.get("type"))))}


def _about(tool: Json) -> str:
    told = details(tool)
    return f"{as_text(told.get('name')).replace('_', ' ')} {as_text(told.get('description'))}"


def _stems(text: str) -> set[str]:
    return {word[:STEM] for word in map(str.lower, WORD.findall(text)) if word not in COMMON}
