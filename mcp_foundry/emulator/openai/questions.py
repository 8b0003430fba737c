"""From the messages of a chat to what the model is told."""

from collections.abc import Iterator

from mcp_foundry.emulator.files.noticing import notice_part, notice_text
from mcp_foundry.emulator.http.calls import Call
from mcp_foundry.emulator.model.question import Question, Reply
from mcp_foundry.emulator.wire.limits import check_value
from mcp_foundry.emulator.wire.refusals import invalid
from mcp_foundry.emulator.wire.values import Json, as_list, as_object, as_text

ROLES = ("system", "developer", "user", "assistant", "tool", "function")
SYSTEM = ("system", "developer")


def question_of(call: Call) -> Question:
    """What the model is told by a request for a chat completion.

    Raises:
        Refusal: The messages are none.
    """
    request, messages = call.body, [*map(as_object, as_list(call.body.get("messages")))]
    if not messages:
        raise invalid("Missing required parameter: 'messages'.", param="messages")
    for place, each in enumerate(messages):
        check_value(each.get("role"), ROLES, f"messages[{place}].role")
    history = [item for each in messages if each["role"] not in SYSTEM for item in _items(each)]
    asks = messages[-1]["role"] == "user"
    parts = tuple(history.pop()["content"]) if asks else ()
    texts = [as_text(part.get("text")) for part in parts if part["type"] == "input_text"]
    files = call.store.files
    attached = [*map(notice_text, texts[1:]), *(notice_part(part, files) for part in parts)]
    limit = request.get("max_completion_tokens") or request.get("max_tokens")
    told = [_text(each) for each in messages if each["role"] in SYSTEM]
    message = texts[0] if texts else ""
    return Question(
        as_text(request.get("model")),
        "\n".join(told),
        message,
        tuple(history),
        tuple(_replies(history)),
        call.engine.next_script() if asks else None,
        message,
        tuple(filter(None, attached)),
        parts,
        tuple(map(as_object, as_list(request.get("tools")))),
        request.get("tool_choice"),
        as_object(request.get("response_format")),
        limit if isinstance(limit, int) else 0,
        {key: request[key] for key in ("temperature", "top_p") if key in request},
        files,
    )


def _text(message: Json) -> str:
    content = message.get("content")
    if isinstance(content, str):
        return content
    return "".join(as_text(as_object(part).get("text")) for part in as_list(content))


def _items(message: Json) -> Iterator[Json]:
    """A message as items in the shapes of the Responses API, which is what a model is told."""
    role = message["role"]
    if role == "tool":
        name = as_text(message.get("tool_call_id"))
        yield {"type": "function_call_output", "call_id": name, "output": _text(message)}
    elif role == "user":
        content = message.get("content")
        given = [{"type": "text", "text": content}] if isinstance(content, str) else content
        parts = [_part(as_object(part)) for part in as_list(given)]
        yield {"type": "message", "role": role, "content": parts}
    else:
        if text := _text(message):
            said = [{"type": "output_text", "text": text}]
            yield {"type": "message", "role": "assistant", "content": said}
        for called in map(as_object, as_list(message.get("tool_calls"))):
            kind = as_text(called.get("type"))
            about = as_object(called.get(kind))
            item = "custom_tool_call" if kind == "custom" else "function_call"
            yield {**about, "type": item, "call_id": as_text(called.get("id"))}


def _part(part: Json) -> Json:
    """A part of a message as the Responses API has it."""
    kind = as_text(part.get("type"))
    if kind == "text":
        return {"type": "input_text", "text": as_text(part.get("text"))}
    if kind == "image_url":
        picture = as_object(part.get("image_url"))
        return {**picture, "type": "input_image", "image_url": as_text(picture.get("url"))}
    if kind == "file":
        return {**as_object(part.get("file")), "type": "input_file"}
    return {**part, "type": kind}


def _replies(history: list[Json]) -> Iterator[Reply]:
    """The outputs that the newest messages bring, each with what it answers."""
    calls = {each["call_id"]: each for each in history if each["type"].endswith("_call")}
    newest: list[Json] = []
    for item in reversed(history):
        if item["type"] != "function_call_output":
            break
        newest.append(item)
    for item in reversed(newest):
        called = calls.get(item["call_id"])
        if called is None:
            sentence = f"No tool call found for function call output with id {item['call_id']}."
            raise invalid(sentence, param="messages")
        given = as_text(called.get("arguments")) or as_text(called.get("input"))
        name = as_text(called.get("name"))
        yield Reply(item["call_id"], name, arguments=given, output=item["output"])
