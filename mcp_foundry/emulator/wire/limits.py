"""What values a request may have: their kinds, bounds and lengths, as documented.

The sentences are those that the OpenAI API was seen to answer, Azure's among them.
"""

import re
from collections.abc import Collection

from mcp_foundry.emulator.wire.refusals import Violation
from mcp_foundry.emulator.wire.values import Json, as_list, as_object, as_text

KINDS: dict[type, str] = {
    bool: "a boolean",
    int: "an integer",
    float: "a decimal",
    str: "a string",
    list: "an array",
    dict: "an object",
    type(None): "null",
}
# Documented, of everything that has metadata.
MOST_PAIRS, LONGEST_KEY, LONGEST_VALUE = 16, 64, 512
MOST_TOOLS = 128
FUNCTION_NAME = re.compile(r"[a-zA-Z0-9_-]+")
NO_FUNCTION_NAME = (
    "Invalid '{param}': string does not match pattern. Expected a string that matches the pattern "
    "'^[a-zA-Z0-9_-]+$'."
)


def check_kind(value: object, wanted: str, param: str) -> None:
    """Refuse a value of another kind than that, in the words of `KINDS`; null is one, too."""
    kind = _kind_of(value)
    if kind != wanted and (kind, wanted) != ("an integer", "a decimal"):
        sentence = f"Invalid type for '{param}': expected {wanted}, but got {kind} instead."
        raise Violation(param, sentence, "invalid_type")


def _kind_of(value: object) -> str:
    return KINDS.get(type(value), "an object")


def check_kinds(request: Json, wanted: dict[str, str]) -> None:
    """Refuse fields of another kind than those; what is null counts as not sent."""
    for name, kind in wanted.items():
        if request.get(name) is not None:
            check_kind(request[name], kind, name)


def check_present(request: Json, *names: str, at: str = "") -> None:
    """Refuse a request, or the part of it at that place, without one of these fields."""
    for name in names:
        if name not in request:
            param = f"{at}.{name}" if at else name
            sentence = f"Missing required parameter: '{param}'."
            raise Violation(param, sentence, "missing_required_parameter")


def check_range(
    request: Json, name: str, low: float, high: float | None = None, *, kind: str = "a decimal"
) -> None:
    """Refuse a number below or above what the field may be."""
    value = request.get(name)
    if value is None:
        return
    check_kind(value, kind, name)
    if value < low:
        raise _out_of_range(name, kind, "below min", f">= {low}", value)
    if high is not None and value > high:
        raise _out_of_range(name, kind, "above max", f"<= {high}", value)


def _out_of_range(name: str, kind: str, side: str, wanted: str, value: object) -> Violation:
    word = kind.split()[1]
    expected = f"Expected a value {wanted}, but got {value} instead."
    code = f"{word}_{side.replace(' ', '_')}_value"
    return Violation(name, f"Invalid '{name}': {word} {side}imum value. {expected}", code)


def check_sampling(request: Json) -> None:
    """Refuse a temperature or a share of the probabilities that there is not."""
    check_range(request, "temperature", 0, 2)
    check_range(request, "top_p", 0, 1)


def check_length(value: str, longest: int, param: str) -> None:
    """Refuse a text that has more characters."""
    if len(value) > longest:
        sentence = f"Invalid '{param}': string too long. {_longer('a string', longest, len(value))}"
        raise Violation(param, sentence, "string_above_max_length")


def check_text(request: Json, name: str, longest: int) -> None:
    """Refuse a field that is no text, or too long a one."""
    check_kinds(request, {name: "a string"})
    check_length(as_text(request.get(name)), longest, name)


def check_array(value: object, most: int, param: str) -> None:
    """Refuse what is no array, or has more entries."""
    check_kind(value, "an array", param)
    if (length := len(as_list(value))) > most:
        sentence = f"Invalid '{param}': array too long. {_longer('an array', most, length)}"
        raise Violation(param, sentence, "array_above_max_length")


def _longer(what: str, most: int, length: int) -> str:
    return (
        f"Expected {what} with maximum length {most}, but got {what} with length {length} instead."
    )


def check_value(value: object, known: Collection[str], param: str) -> None:
    """Refuse a word that is none of those."""
    if not (isinstance(value, str) and value in known):
        *most, last = [f"'{each}'" for each in known]
        listed = f"{', '.join(most)}, and {last}" if len(most) > 1 else " and ".join([*most, last])
        sentence = f"Invalid value: '{value}'. Supported values are: {listed}."
        raise Violation(param, sentence, "invalid_value")


def check_metadata(
    request: Json, field: str = "metadata", *, further: Collection[str] = ()
) -> None:
    """Refuse metadata that are no pairs of texts, too many or too long ones.

    Args:
        request: The request.
        field: What it calls them.
        further: Of which other kinds a value may be, in the words of `KINDS`.
    """
    check_kinds(request, {field: "an object"})
    pairs = as_object(request.get(field))
    if len(pairs) > MOST_PAIRS:
        sentence = (
            f"Invalid '{field}': too many properties. Expected an object with at most "
            f"{MOST_PAIRS} properties, but got an object with {len(pairs)} properties instead."
        )
        raise Violation(field, sentence, "object_above_max_properties")
    for key, value in pairs.items():
        if len(key) > LONGEST_KEY:
            shown = f"{key[:LONGEST_KEY]}..."
            longer = _longer("a string", LONGEST_KEY, len(key))
            sentence = f"Invalid property name in '{field}': '{shown}' is too long. {longer}"
            raise Violation(field, sentence, "property_name_above_max_length")
        if _kind_of(value) not in further:
            check_kind(value, "a string", f"{field}.{key}")
            check_length(value, LONGEST_VALUE, f"{field}.{key}")


def check_tools(request: Json) -> None:
    """Refuse tools that are no objects with a type, too many, or functions without a usable name.

    A function is named beside its type, or, by the classic generation, one level deeper.
    """
    if request.get("tools") is None:
        return
    check_array(request["tools"], MOST_TOOLS, "tools")
    for index, tool in enumerate(request["tools"]):
        at = f"tools[{index}]"
        check_kind(tool, "an object", at)
        check_present(tool, "type", at=at)
        check_kind(tool["type"], "a string", f"{at}.type")
        if tool["type"] == "function":
            deeper = "function" in tool
            place = f"{at}.function" if deeper else at
            _check_function(tool["function"] if deeper else tool, place)


def _check_function(function: object, at: str) -> None:
    check_kind(function, "an object", at)
    declared = as_object(function)
    check_present(declared, "name", at=at)
    check_kind(declared["name"], "a string", f"{at}.name")
    if not FUNCTION_NAME.fullmatch(declared["name"]):
        param = f"{at}.name"
        raise Violation(param, NO_FUNCTION_NAME.format(param=param), "invalid_value")
    if declared.get("parameters") is not None:
        check_kind(declared["parameters"], "an object", f"{at}.parameters")
