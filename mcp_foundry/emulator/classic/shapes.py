"""The shapes of threads, messages, runs and steps, as recorded."""

from mcp_foundry.emulator.model.acts import Citation
from mcp_foundry.emulator.wire.refusals import Refusal
from mcp_foundry.emulator.wire.shapes import page, with_ends
from mcp_foundry.emulator.wire.values import Json, as_list, as_object, as_text, new_id, now

RUN_SETTINGS = (
    "model",
    "instructions",
    "tools",
    "metadata",
    "temperature",
    "top_p",
    "max_completion_tokens",
    "max_prompt_tokens",
    "truncation_strategy",
    "response_format",
    "tool_choice",
    "parallel_tool_calls",
)


def thread_body(request: Json) -> Json:
    """A new thread."""
    return {
        "id": new_id("thread"),
        "object": "thread",
        "created_at": now(),
        "metadata": as_object(request.get("metadata")),
        "tool_resources": as_object(request.get("tool_resources")),
    }


def user_message(request: Json, thread_id: str) -> Json:
    """A message that the caller adds to a thread."""
    return {
        "id": new_id("msg"),
        "object": "thread.message",
        "created_at": now(),
        "assistant_id": None,
        "thread_id": thread_id,
        "run_id": None,
        "role": as_text(request.get("role")) or "user",
        "content": _content(request.get("content")),
        "attachments": as_list(request.get("attachments")),
        "metadata": as_object(request.get("metadata")),
    }


def _content(given: object) -> list[Json]:
    if isinstance(given, str):
        return [text_content(given, [])]
    blocks = [as_object(each) for each in as_list(given)]
    return [
        text_content(block["text"], []) if isinstance(block.get("text"), str) else _block(block)
        for block in blocks
    ]


def _block(block: Json) -> Json:
    """A picture as a message shows it: recorded, with how closely it is looked at."""
    kind = as_text(block.get("type"))
    picture = as_object(block.get(kind))
    return {**block, kind: {"detail": "auto", **picture}} if picture else block


def text_content(text: str, annotations: list[Json]) -> Json:
    """A text part of a message."""
    return {"type": "text", "text": {"value": text, "annotations": annotations}}


def message_text(message: Json) -> str:
    """The text of a message."""
    return "".join(
        as_text(as_object(as_object(part).get("text")).get("value"))
        or as_text(as_object(part).get("refusal"))
        for part in as_list(message["content"])
    )


def run_body(request: Json, agent: Json, thread_id: str, lifetime: float) -> Json:
    """A run that has just been created; what the request sets goes before what the agent has."""
    created = now()
    more = as_text(request.get("additional_instructions"))
    body: Json = {
        "id": new_id("run"),
        "object": "thread.run",
        "created_at": created,
        "assistant_id": agent["id"],
        "thread_id": thread_id,
        "status": "queued",
        "started_at": None,
        "expires_at": created + int(lifetime),
        "cancelled_at": None,
        "failed_at": None,
        "completed_at": None,
        "required_action": None,
        "last_error": None,
        "model": agent["model"],
        "instructions": agent["instructions"],
        "tools": agent["tools"],
        "tool_resources": {"code_interpreter": {"file_ids": []}},
        "metadata": {},
        "temperature": agent["temperature"],
        "top_p": agent["top_p"],
        "max_completion_tokens": None,
        "max_prompt_tokens": None,
        "truncation_strategy": {"type": "auto", "last_messages": None},
        "incomplete_details": None,
        "usage": None,
        "response_format": agent["response_format"],
        "tool_choice": "auto",
        "parallel_tool_calls": True,
    }
    body.update({key: request[key] for key in RUN_SETTINGS if request.get(key) is not None})
    if more:
        body["instructions"] = f"{body['instructions'] or ''}\n{more}".strip()
    return body


def step_body(run: Json, details: Json) -> Json:
    """A step that has just begun."""
    return {
        "id": new_id("step"),
        "object": "thread.run.step",
        "created_at": now(),
        "run_id": run["id"],
        "assistant_id": run["assistant_id"],
        "thread_id": run["thread_id"],
        "type": details["type"],
        "status": "in_progress",
        "cancelled_at": None,
        "completed_at": None,
        "expires_at": run["expires_at"],
        "failed_at": None,
        "last_error": None,
        "step_details": details,
        "usage": None,
    }


def answer_message(run: Json) -> Json:
    """A message of the assistant that has just begun."""
    return {
        "id": new_id("msg"),
        "object": "thread.message",
        "created_at": now(),
        "assistant_id": run["assistant_id"],
        "thread_id": run["thread_id"],
        "run_id": run["id"],
        "status": "in_progress",
        "incomplete_details": None,
        "incomplete_at": None,
        "completed_at": None,
        "role": "assistant",
        "content": [],
        "attachments": [],
        "metadata": {},
    }


def annotation(source: Citation, position: int) -> Json:
    """A citation, whose marker begins at that character of the text."""
    about: Json = {
        "url_citation": {"url": source.url, "title": source.title},
        "file_citation": {"file_id": source.file_id, "quote": source.quote},
    }.get(source.kind, {"file_id": source.file_id})
    return {
        "type": source.kind,
        "text": source.marker,
        "start_index": position,
        "end_index": position + len(source.marker),
        source.kind: about,
    }


def usage(prompt: int, completion: int) -> Json:
    """What a run or step cost, in tokens."""
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_token_details": {"cached_tokens": 0},
    }


def listed(items: list[Json], query: dict[str, str]) -> Json:
    """A page of a list, newest first; an empty page has no ends, which stops the SDK's pager."""
    return {"first_id": None, "last_id": None, **with_ends(page(items, query))}


def no_such(noun: str, name: str) -> Refusal:
    """Refuse as the classic plane does."""
    return Refusal(404, "not_found", f"No {noun} found with id '{name}'.")
