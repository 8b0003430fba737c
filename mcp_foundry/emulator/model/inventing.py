"""Values made from a JSON schema: the same for the same schema and words, and valid by it."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from mcp_foundry.emulator.wire.values import Json, as_list, as_object, as_text

# A schema may refer to itself. From this depth on what may be left out is left out; at the last
# one the value ends, valid or not: a schema that demands itself has no value.
DEEPEST = 4
LAST = 40
# So many values are made, and so many characters for each that is left: a schema can ask for a
# billion of either, or for itself more than once.
MOST = 10_000
PADDED = 100
# Numbers beyond are not what they seem: the next one is the same.
EXACT = 2.0**53
FORMATS = {
    "date-time": "2026-01-01T12:00:00Z",
    "date": "2026-01-01",
    "time": "12:00:00Z",
    "duration": "PT1H",
    "email": "scripted@example.com",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/",
    "uuid": "00000000-0000-4000-8000-000000000000",
}
# Words that begin with a capital letter wherever they stand, at most four in a row.
PROPER = re.compile(r"\b[A-Z][\w'-]+(?:,? [A-Z][\w'-]+){0,3}")
QUOTED = re.compile(r"[\"“]([^\"“”]+)[\"”]|(?<!\w)'([^']+)'(?!\w)")
NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w.]*\d)")
WHOLE = re.compile(r"query|question|message|text|prompt|search|input|request|content|expression")


@dataclass
class Words:
    """What a message offers for the fields of a schema, each once, in its order.

    Attributes:
        left: How many values may be made still.
    """

    message: str = ""
    left: int = MOST
    names: Iterator[str] = field(init=False)
    numbers: Iterator[float] = field(init=False)

    def __post_init__(self) -> None:
        quoted = [first or second for first, second in QUOTED.findall(self.message)]
        self.names = iter([*quoted, *_proper(self.message)])
        self.numbers = filter(math.isfinite, map(float, NUMBER.findall(self.message)))


def _proper(message: str) -> list[str]:
    """Names in the text; the first word of a sentence is one only where more follows it."""
    found = [match for match in PROPER.finditer(message) if match.start()]
    starts = [match for match in found if message[: match.start()].rstrip()[-1:] in ".?!:"]
    return [match[0] for match in found if match not in starts or " " in match[0]]


def invent(schema: Json, message: str = "", name: str = "value") -> object:
    """A value that the schema allows, from the message's words where they are given.

    Of what a schema can say, `pattern`, `not`, `if` and what depends on other fields are not
    looked at.
    """
    return _value(schema, Words(message), name, schema, 0)


def _value(schema: Json, words: Words, name: str, root: Json, depth: int) -> object:
    schema = _resolved(schema, words, root, depth)
    if words.left <= 0:
        return None
    if offered := _offered(schema, words):
        return offered[0]
    kind = _kind(schema)
    if kind == "object":
        return _object(schema, words, root, depth)
    if kind == "array":
        item = as_object(schema.get("items"))
        count = _count(schema, words) if depth < DEEPEST else 0
        return [_value(item, words, name, root, depth + 1) for _ in range(count)]
    if kind in {"integer", "number"}:
        return _number(schema, words, whole=kind == "integer")
    return {"boolean": True, "null": None}.get(kind, _text(schema, words, name))


def _count(schema: Json, words: Words) -> int:
    least = _as_number(schema.get("minItems")) or 1
    most = _as_number(schema.get("maxItems"))
    return int(min(least, least if most is None else most, words.left))


def _offered(schema: Json, words: Words) -> list[object]:
    """What the schema itself offers as values, the fittest first."""
    for given in ("const", "default"):
        if given in schema:
            return [schema[given]]
    allowed = as_list(schema.get("enum"))
    mentioned = [each for each in allowed if str(each).lower() in words.message.lower()]
    return mentioned or allowed or as_list(schema.get("examples"))


def _resolved(schema: Json, words: Words, root: Json, depth: int) -> Json:
    """The schema with what it refers to, and the first of its alternatives, put in its place."""
    words.left -= 1
    for _ in range(LAST if depth <= LAST and words.left > 0 else 0):
        reference = as_text(schema.get("$ref"))
        options = as_list(schema.get("anyOf")) or as_list(schema.get("oneOf"))
        kept = {key: value for key, value in schema.items() if key not in {"$ref", "allOf"}}
        if reference:
            schema = {**_target(reference, root), **kept}
        elif options:
            late = depth >= DEEPEST
            full = [each for each in map(as_object, options) if _is_null(each) == late]
            kept = {key: kept[key] for key in kept if key not in {"anyOf", "oneOf"}}
            schema = {**kept, **(full or [as_object(options[0])])[0]}
        elif parts := as_list(schema.get("allOf")):
            schema = kept
            for part in parts:
                resolved = _resolved(as_object(part), words, root, depth + 1)
                known = as_object(schema.get("properties"))
                both = {**known, **as_object(resolved.get("properties"))}
                schema = {**schema, **resolved, **({"properties": both} if both else {})}
        else:
            break
    return schema


def _is_null(schema: Json) -> bool:
    return schema.get("type") == "null"


def _target(reference: str, root: Json) -> Json:
    """What `#/$defs/name` refers to; nothing where it leads nowhere."""
    target: object = root
    for step in filter(None, reference.removeprefix("#").split("/")):
        target = as_object(target).get(step)
    return as_object(target)


def _kind(schema: Json) -> str:
    given = schema.get("type")
    kinds = [as_text(each) for each in as_list(given)] or [as_text(given)]
    kind = next((each for each in kinds if each != "null"), kinds[0])
    if kind:
        return kind
    return "object" if "properties" in schema else "array" if "items" in schema else "string"


def _object(schema: Json, words: Words, root: Json, depth: int) -> Json:
    declared = as_object(schema.get("properties"))
    required = [as_text(each) for each in as_list(schema.get("required"))]
    wanted = [*declared] if depth < DEEPEST else [each for each in required if each in declared]
    if depth >= LAST:
        return {}
    made = {key: _value(as_object(declared[key]), words, key, root, depth + 1) for key in wanted}
    return {**made, **{key: f"scripted {key}" for key in required if key not in declared}}


def _number(schema: Json, words: Words, *, whole: bool) -> float:
    low = _bound(schema, "minimum", "exclusiveMinimum", 1)
    high = _bound(schema, "maximum", "exclusiveMaximum", -1)
    step = _as_number(schema.get("multipleOf")) or (1 if whole else 0)
    value = next(words.numbers, None)
    if value is None or (low is not None and value < low) or (high is not None and value > high):
        value = low if low is not None else high if high is not None and high < 1 else 1.0
    if step and abs(value) / step < EXACT:
        value = -(-value // step) * step if high is None or value < high else value // step * step
    return int(value) if whole else value


def _bound(schema: Json, inclusive: str, exclusive: str, direction: int) -> float | None:
    beyond = _as_number(schema.get(exclusive))
    if beyond is not None:
        return beyond + direction * (1 if schema.get("type") == "integer" else 0.5)
    return _as_number(schema.get(inclusive))


def _as_number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or abs(value) > EXACT:
        return None
    return float(value)


def _text(schema: Json, words: Words, name: str) -> str:
    told = as_text(schema.get("description"))
    known = FORMATS.get("date" if "YYYY-MM-DD" in told else as_text(schema.get("format")))
    if known:
        return known
    if words.message and WHOLE.search(name.lower()):
        text = words.message
    else:
        text = next(words.names, "") or f"scripted {name}"
    least, most = _as_number(schema.get("minLength")), _as_number(schema.get("maxLength"))
    size = int(min(least or 0, words.left * PADDED))
    words.left -= size // PADDED
    text = text.ljust(size, ".")
    return text if most is None else text[: int(most)]
