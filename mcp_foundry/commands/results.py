"""What a tool answered, on stdout: as JSON for programs, as text and tables for people."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING, Any, cast

from mcp_foundry.commands.next_to_type import told_what_next
from mcp_foundry.commands.talking.following import show_pictures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcp_types import CallToolResult

Json = dict[str, Any]
_LISTINGS = ("agents", "connections", "deployments", "memories")


def show(result: CallToolResult, told: str, place: Sequence[str], *, as_json: bool) -> None:
    """Print a result.

    Args:
        result: What the tool answered.
        told: The text that was written on stderr while it came.
        place: See `place_of`.
        as_json: Print JSON instead.
    """
    answer: Json | None = result.structured_content
    if as_json:
        # A tool without a schema of its result answers in blocks.
        shown = result.model_dump(mode="json", by_alias=True, exclude_none=True)
        shown = {"content": shown["content"]} if answer is None else answer
        sys.stdout.write(as_line(shown, indent=2 if sys.stdout.isatty() else None))
    elif answer is None or _reads_otherwise(result, answer):
        _show_text(result, answer or {}, told, place)
    elif not _show_listing(answer):
        sys.stdout.write(as_line(answer, indent=2))


def text_of(result: CallToolResult, place: Sequence[str] = ()) -> str:
    """Return what a result says in words, with what to type in the place of what a model does.

    Args:
        result: What the tool answered.
        place: See `place_of`.
    """
    text = "\n\n".join(block.text for block in result.content if block.type == "text")
    answer: Json = result.structured_content or {}
    step, line = str(answer.get("next", "")), told_what_next(answer, place)
    return text.replace(step, line, 1) if step and line and step in text else text


def show_answers(batch: Json) -> None:
    """Print what is new of a batch, a line for each answer that has come."""
    for place, answer in enumerate(batch["answers"], 1):
        if answer["status"] != "in_progress":
            agent = answer.get("agent") or batch.get("agent")
            line = {"number": answer.get("number", place), **answer}
            sys.stdout.write(as_line({**line, "agent": agent} if agent else line))
    sys.stdout.flush()


def as_line(value: Json, indent: int | None = None) -> str:
    """Return a value as JSON, in what stdout can take."""
    utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    return f"{json.dumps(value, ensure_ascii=not utf8, indent=indent)}\n"


def _reads_otherwise(result: CallToolResult, answer: Json) -> bool:
    """Return whether a result has words of its own: the others are their JSON again."""
    first = result.content[0]
    return first.type == "text" and first.text != json.dumps(answer, ensure_ascii=False)


def _show_text(result: CallToolResult, answer: Json, told: str, place: Sequence[str]) -> None:
    text, said = text_of(result, place), str(answer.get("text", ""))
    if sys.stderr.isatty() and told and _without_links(told) == _without_links(said):
        text = text.removeprefix(said).lstrip()  # it stands there already
    sys.stdout.write(f"{text}\n")
    show_pictures(result)


def _without_links(text: str) -> str:
    """Return a text without the addresses of files, which are settled once it is whole."""
    return re.sub(r"\]\([^)]*\)|sandbox:\S+|foundry://\S+", "", text)


def _show_listing(answer: Json) -> bool:
    """Show a listing as a table, or as a block for each row where a table would fold its cells."""
    name = next((n for n in answer if n in _LISTINGS), "")
    if not answer.get(name):
        return False
    rows = [{column: _cell(value) for column, value in row.items()} for row in answer[name]]
    if not _draw_table(rows):
        sys.stdout.write("\n\n".join(_block(row) for row in rows) + "\n")
    if note := answer.get("note"):
        sys.stdout.write(f"{note}\n")
    return True


def _draw_table(rows: list[dict[str, str]]) -> bool:
    try:
        from mcp_foundry.commands.drawing import draw_table
    except ImportError:  # rich is an extra
        return False
    return draw_table(rows)


def _block(row: dict[str, str]) -> str:
    told = ((name, text.replace("\n", ", ")) for name, text in row.items())
    return "\n".join(f"{name}: {text}" for name, text in told if text)


def _cell(value: object) -> str:
    if isinstance(value, dict):
        pairs = cast("dict[str, object]", value).items()
        return "\n".join(f"{name}={item}" for name, item in pairs)
    return "yes" if value is True else "" if value is False else str(value)
