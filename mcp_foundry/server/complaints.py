"""Wrong arguments, told in the words of the tools' schemas.

The values are the caller's and are never repeated.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

_MOST = 5
# A key of an object is the caller's, and may be of any length.
_LONGEST_NAME = 60

# By pydantic's type of error; the names in braces are in its context.
_WORDS = {
    "missing": "is missing",
    "string_type": "must be a text",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "int_parsing_size": "must be a smaller number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "list_type": "must be a list",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "literal_error": "must be one of {choices}",
    "greater_than_equal": "must be at least {ge:g}",
    "less_than_equal": "must be at most {le:g}",
    "too_short": "needs at least {min_length} {items}",
    "too_long": "takes at most {max_length} {items}",
}


def complaints(invalid: ValidationError) -> str:
    """Return what is wrong with the arguments, and what to do."""
    errors = invalid.errors(include_url=False, include_input=False)
    told = "; ".join(_complaint(error) for error in errors[:_MOST])
    return f"{told}. Correct the arguments and call again."


def _complaint(error: ErrorDetails) -> str:
    place = _place(error["loc"])
    words = _WORDS.get(error["type"])
    if words is None:
        return f"{place}: {error['msg']}"
    context = error.get("ctx", {})
    bound = context.get("min_length", context.get("max_length"))
    items = "item" if bound == 1 else "items"
    # pydantic says "'a', 'b' or 'c'".
    choices = ", ".join(re.findall(r"'([^']*)'", str(context.get("expected"))))
    return f"{place} {words.format(**context | {'items': items, 'choices': choices})}"


def _place(path: tuple[int | str, ...]) -> str:
    """Return where it is, as in `requests[0].message`."""
    told = "".join(
        f"[{part}]" if isinstance(part, int) else f".{part[:_LONGEST_NAME]}" for part in path
    )
    return told.removeprefix(".") or "arguments"
