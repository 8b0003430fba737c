"""What the classic plane turns down of a request in itself; pure checks."""

from mcp_foundry.emulator.wire.limits import (
    check_kind,
    check_kinds,
    check_metadata,
    check_present,
    check_range,
    check_sampling,
    check_text,
    check_tools,
    check_value,
)
from mcp_foundry.emulator.wire.refusals import Violation
from mcp_foundry.emulator.wire.values import Json, as_list

# Documented of assistants, in characters.
LONGEST = {"name": 256, "description": 512, "instructions": 256_000}
ROLES = ("user", "assistant")
BLOCKS = ("text", "image_file", "image_url")
RUN = {
    "assistant_id": "a string",
    "additional_instructions": "a string",
    "model": "a string",
    "instructions": "a string",
    "stream": "a boolean",
    "thread": "an object",
    "truncation_strategy": "an object",
    "parallel_tool_calls": "a boolean",
}
TOKENS = ("max_prompt_tokens", "max_completion_tokens")
OUTPUT = {"tool_call_id": "a string", "output": "a string", "approve": "a boolean"}


def check_agent(request: Json) -> None:
    """Refuse an agent's settings that no agent can have."""
    check_kinds(request, {"model": "a string", "tool_resources": "an object"})
    for field, longest in LONGEST.items():
        check_text(request, field, longest)
    check_sampling(request)
    check_tools(request)
    check_metadata(request)


def check_thread(request: Json) -> None:
    """Refuse a thread, or the messages it begins with."""
    check_kinds(request, {"tool_resources": "an object"})
    check_metadata(request)
    check_messages(request, "messages")


def check_messages(request: Json, field: str) -> None:
    """Refuse messages of a request."""
    for at, message in _each(request, field):
        _check_message_at(message, at)


def _check_message_at(message: Json, at: str) -> None:
    try:
        check_message(message)
    except Violation as violation:
        param = f"{at}.{violation.param}"
        sentence = violation.message.replace(f"'{violation.param}'", f"'{param}'")
        raise Violation(param, sentence, violation.code) from None


def check_message(request: Json) -> None:
    """Refuse a message of an unknown role, or without content that the plane knows."""
    check_present(request, "role", "content")
    check_value(request["role"], ROLES, "role")
    content = request["content"]
    if not isinstance(content, str | list):
        check_kind(content, "one of a string or array of objects", "content")
    for at, block in _each(request, "content") if isinstance(content, list) else ():
        check_present(block, "type", at=at)
        check_value(block["type"], BLOCKS, f"{at}.type")
        check_present(block, block["type"], at=at)
    for at, attachment in _each(request, "attachments"):
        for place, tool in _each(attachment, "tools"):
            check_kind(tool.get("type"), "a string", f"{at}.{place}.type")
    check_metadata(request)


def check_run(request: Json) -> None:
    """Refuse a run's settings."""
    check_present(request, "assistant_id")
    check_kinds(request, RUN)
    check_sampling(request)
    for field in TOKENS:
        check_range(request, field, 1, kind="an integer")
    check_tools(request)
    check_metadata(request)
    check_messages(request, "additional_messages")


def check_outputs(request: Json) -> None:
    """Refuse outputs and approvals that are none."""
    check_kinds(request, {"stream": "a boolean"})
    for field in ("tool_outputs", "tool_approvals"):
        for at, each in _each(request, field):
            for name, kind in OUTPUT.items():
                if each.get(name) is not None:
                    check_kind(each[name], kind, f"{at}.{name}")


def _each(request: Json, field: str) -> list[tuple[str, Json]]:
    """The objects in an array, each with its place; refuses what is none of them."""
    check_kinds(request, {field: "an array"})
    given = [(f"{field}[{at}]", each) for at, each in enumerate(as_list(request.get(field)))]
    for place, each in given:
        check_kind(each, "an object", place)
    return given
