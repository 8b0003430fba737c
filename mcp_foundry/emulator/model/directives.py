"""Directives: words in square brackets that tell the scripted model what to do."""

import json
import re
from dataclasses import dataclass
from typing import cast

# A message of megabytes full of brackets must not cost more than the message is worth.
LONGEST_DIRECTIVE = 20_000
MOST_DIRECTIVES = 100
LARGEST_NUMBER = 1_000_000


@dataclass(frozen=True)
class Directive:
    """One row of the table: the word, an example, and what it makes the model do."""

    name: str
    example: str
    effect: str


DIRECTIVES = (
    Directive("say", "[say Hello]", "answers with exactly that text"),
    Directive("repeat", "[repeat Hello]", "the same as `say`"),
    Directive("long", "[long 500]", "answers with that many tokens"),
    Directive("messages", "[messages 3]", "writes that many messages in one run"),
    Directive("cite", "[cite]", "cites all kinds of sources that the generation knows"),
    Directive("refuse", "[refuse]", "refuses to answer"),
    Directive("slow", "[slow 2]", "waits that many seconds first"),
    Directive("reason", "[reason]", "thinks first and shows a summary"),
    Directive("search", "[search weather in Oslo]", "searches the web first"),
    Directive("mcp", "[mcp github.search]", "calls an MCP tool that needs no approval"),
    Directive("code", "[code]", "runs the code interpreter first"),
    Directive("approve", '[approve github.merge {"pr": 7}]', "asks to approve an MCP tool call"),
    Directive("call", '[call get_weather {"city": "Oslo"}]', "calls a function of the caller"),
    Directive("custom", "[custom run SELECT 1]", "calls a tool of the caller with that text"),
    Directive("shell", "[shell ls -l]", "runs a command in the caller's shell"),
    Directive("computer", "[computer]", "asks for a screenshot of the caller's computer"),
    Directive("draw", "[draw a lighthouse]", "generates a picture, and says nothing"),
    Directive(
        "file", "[file chart.png]", "writes that file by code (`[file a.csv 5000000]`: so big)"
    ),
    Directive("file-unannotated", "[file-unannotated a.csv]", "the same, with a bare link to it"),
    Directive("file-gone", "[file-gone a.csv]", "the same, in a container that ends at once"),
    Directive("oauth", "[oauth]", "asks a person to sign in at a tool's provider"),
    Directive("incomplete", "[incomplete max_output_tokens]", "is cut short, for that reason"),
    Directive("fail", "[fail server_error It broke]", "fails, with that code and message"),
)

_OPENING = re.compile(r"\[(" + "|".join(each.name for each in DIRECTIVES) + r")(?=[\s\]])")
_DECODER = json.JSONDecoder()


@dataclass(frozen=True)
class Order:
    """One directive as found: its word and what stands behind it in the brackets."""

    name: str
    argument: str


def find_orders(text: str) -> tuple[list[Order], str]:
    """The directives in a text, in order, and the text without them."""
    orders: list[Order] = []
    rest: list[str] = []
    position = 0
    while len(orders) < MOST_DIRECTIVES and (opening := _OPENING.search(text, position)):
        end = _closing_bracket(text, opening.end())
        if end < 0:
            rest.append(text[position : opening.end()])
            position = opening.end()
            continue
        rest.append(text[position : opening.start()])
        orders.append(Order(opening[1], text[opening.end() : end].strip()))
        position = end + 1
    rest.append(text[position:])
    return orders, "".join(rest).strip()


def _closing_bracket(text: str, start: int) -> int:
    """Where the bracket that is open at `start` closes; JSON inside may hold brackets itself."""
    depth = 1
    position = start
    last = min(len(text), start + LONGEST_DIRECTIVE)
    while position < last:
        character = text[position]
        if character == "{" and (after := _end_of_json(text, position)):
            position = after
            continue
        depth += (character == "[") - (character == "]")
        if not depth:
            return position
        position += 1
    return -1


def _end_of_json(text: str, start: int) -> int:
    try:
        decoded = cast("tuple[object, int]", _DECODER.raw_decode(text, start))
    except ValueError:
        return 0
    return decoded[1]


def split_call(argument: str) -> tuple[str, str]:
    """`name {json}` as name and compact JSON text; no JSON counts as no arguments."""
    name, _, arguments = argument.partition(" ")
    return name, arguments.strip() or "{}"


def split_tool(name: str) -> tuple[str, str]:
    """`server.tool` as its two parts; without a dot, the tool of a server called `tools`."""
    server, dot, tool = name.partition(".")
    return (server, tool) if dot else ("tools", name)


def number(argument: str, default: float) -> float:
    """The number in a directive; the default where there is none."""
    try:
        value = float(argument)
    except ValueError:
        return default
    return value if 0 <= value <= LARGEST_NUMBER else default
