"""What a chat-completions server is asked with: all that a question holds."""

from base64 import b64encode
from collections.abc import Iterator, Sequence

from mcp_foundry.emulator.model.acts import Citation
from mcp_foundry.emulator.model.choosing import details
from mcp_foundry.emulator.model.question import Lookup, Question
from mcp_foundry.emulator.model.using import Used, approved, sentences
from mcp_foundry.emulator.wire.refusals import Refusal
from mcp_foundry.emulator.wire.shapes import text_of
from mcp_foundry.emulator.wire.values import Json, as_list, as_object, as_text, encode

CUSTOM = "custom"
# A custom tool takes any text, which such a server knows only as a field of an object.
TEXT: Json = {
    "type": "object",
    "properties": {"input": {"type": "string"}},
    "required": ["input"],
}
BROUGHT = "The emulator's scripted tools have been used already:"


def chat_request(question: Question, used: Sequence[Used]) -> Json:
    """The body of a request, without model and streaming; `used` is what tools have brought."""
    request: Json = {"messages": messages(question, used), **question.sampling}
    if question.limit:
        request["max_tokens"] = question.limit
    if tools := [*_functions(question)]:
        request["tools"] = tools
        request.update(_choice(question))
    asked = details(question.text_format)
    if asked.get("type") == "json_schema":
        kept = {key: asked[key] for key in ("name", "schema", "strict") if key in asked}
        request["response_format"] = {"type": "json_schema", "json_schema": kept}
    elif asked.get("type") == "json_object":
        request["response_format"] = {"type": "json_object"}
    return request


def _functions(question: Question) -> Iterator[Json]:
    for tool in map(details, question.tools):
        if tool.get("type") in {"function", CUSTOM}:
            known = ("name", "description", "parameters", "strict")
            function = {key: tool[key] for key in known if tool.get(key) is not None}
            yield {"type": "function", "function": {"parameters": TEXT, **function}}


def _choice(question: Question) -> Json:
    choice = question.choice
    if isinstance(choice, str):
        return {} if choice == "auto" else {"tool_choice": choice}
    name = details(as_object(choice)).get("name")
    return {"tool_choice": {"type": "function", "function": {"name": name}}} if name else {}


def messages(question: Question, used: Sequence[Used]) -> list[Json]:
    """The conversation as chat messages."""
    told: list[Json] = []
    if question.instructions:
        told.append({"role": "system", "content": question.instructions})
    for item in question.history:
        _tell(told, item, question.lookup)
    for act in approved(question):
        answered = f"The tool {act.tool} answered: {act.output}"
        told.append({"role": "system", "content": answered})
    if question.asks:
        told.append({"role": "user", "content": _content(question.parts, question.lookup)})
    if brought := "".join(_plain(piece) for piece in sentences(used)):
        told.append({"role": "system", "content": BROUGHT + brought})
    return told


def _plain(piece: str | Citation) -> str:
    return piece.marker if isinstance(piece, Citation) else piece


def _tell(told: list[Json], item: Json, lookup: Lookup | None) -> None:
    """Add an item of the past to the messages."""
    kind = as_text(item.get("type"))
    if kind == "message":
        told.append(_message(item, lookup))
    elif kind in {"function_call", "custom_tool_call"}:
        if not (told and told[-1].get("tool_calls")):
            told.append({"role": "assistant", "content": None, "tool_calls": []})
        told[-1]["tool_calls"].append(_call(item))
    elif kind in {"function_call_output", "custom_tool_call_output"}:
        content = _text(item.get("output"))
        told.append({"role": "tool", "tool_call_id": item.get("call_id"), "content": content})
    elif said := _in_words(item, kind):
        told.append({"role": "system", "content": said})


def _message(item: Json, lookup: Lookup | None) -> Json:
    role = as_text(item.get("role"))
    if role == "user":
        parts = tuple(map(as_object, as_list(item.get("content"))))
        return {"role": role, "content": _content(parts, lookup)}
    return {"role": "assistant" if role == "assistant" else "system", "content": text_of(item)}


def _call(item: Json) -> Json:
    arguments = item.get("arguments")
    if item.get("type") == "custom_tool_call":
        arguments = encode({"input": item.get("input")})
    function = {"name": item.get("name"), "arguments": arguments}
    return {"id": item.get("call_id"), "type": "function", "function": function}


def _in_words(item: Json, kind: str) -> str:
    """What else happened, for a server that has no messages for it; nothing of no importance."""
    if kind == "mcp_approval_request":
        called = f"{item.get('server_label')}.{item.get('name')} with {item.get('arguments')}"
        return f"The call {item.get('id')} of {called} needs the user's approval."
    if kind == "mcp_approval_response":
        decided = "approved" if item.get("approve") is True else "denied"
        return f"The user {decided} the call {item.get('approval_request_id')}."
    if kind == "mcp_call" or kind.endswith("_output"):
        name = as_text(item.get("name")) or kind.removesuffix("_call_output").replace("_", " ")
        return f"The tool {name} answered: {_text(item.get('output'))}"
    return ""


def _text(output: object) -> str:
    return output if isinstance(output, str) else encode(output)


def _content(parts: Sequence[Json], lookup: Lookup | None) -> str | list[Json]:
    """A message's parts as chat completions have them; plain text by itself where that is all."""
    shown = [*filter(None, (_part(part, lookup) for part in parts))]
    alone = len(shown) == 1 and shown[0]["type"] == "text"
    return as_text(shown[0]["text"]) if alone else shown


def _part(part: Json, lookup: Lookup | None) -> Json:
    kind, held = as_text(part.get("type")), part.get("text")
    if kind in {"input_text", "output_text", "text"}:
        return {"type": "text", "text": as_text(held)}
    identifier = as_text(part.get("file_id"))
    try:
        found = lookup.uploaded(identifier) if lookup and identifier else None
    except Refusal as gone:  # since it was sent: a conversation goes on without it
        return {"type": "text", "text": gone.message}
    if found and found.kind.startswith("text/"):
        return {"type": "text", "text": f"{found.name}\n{found.data.decode('utf-8', 'replace')}"}
    address = f"data:{found.kind};base64,{b64encode(found.data).decode()}" if found else ""
    if kind == "input_image" and (url := address or part.get("image_url")):
        closely = {"detail": part["detail"]} if part.get("detail") else {}
        return {"type": "image_url", "image_url": {"url": url, **closely}}
    if kind == "input_file" and (data := address or part.get("file_data")):
        name = as_text(part.get("filename")) or (found.name if found else "")
        return {"type": "file", "file": {**({"filename": name} if name else {}), "file_data": data}}
    return {}
