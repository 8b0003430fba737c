"""What happened on a thread, in the items that the model is told of."""

from collections.abc import Iterable, Iterator

from mcp_foundry.emulator.wire.values import Json, as_list, as_object, as_text


def as_item(message: Json) -> Json:
    """A message of a thread as an item."""
    parts = [as_part(as_object(part)) for part in as_list(message["content"])]
    return {"type": "message", "role": as_text(message["role"]), "content": parts}


def as_part(part: Json) -> Json:
    """A part of a message as an item has it."""
    kind = as_text(part.get("type"))
    held = as_object(part.get(kind))
    if kind == "text":
        return {"type": "input_text", "text": as_text(held.get("value"))}
    if kind == "image_file":
        return {"type": "input_image", "file_id": held.get("file_id")}
    if kind == "image_url":
        closely = {"detail": held["detail"]} if held.get("detail") else {}
        return {"type": "input_image", "image_url": held.get("url"), **closely}
    return part


def called(steps: Iterable[Json]) -> Iterator[Json]:
    """The caller's functions that a run has called, each with its output."""
    for step in steps:
        for call in map(as_object, as_list(as_object(step["step_details"]).get("tool_calls"))):
            function = as_object(call.get("function"))
            if function.get("output") is not None:
                told = {"call_id": call["id"], "name": function["name"]}
                yield {"type": "function_call", **told, "arguments": function["arguments"]}
                output = function["output"]
                yield {"type": "function_call_output", "call_id": call["id"], "output": output}
