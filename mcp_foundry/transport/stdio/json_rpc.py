"""One line of stdio as one JSON-RPC message, and back; and what to say of a line that is none.

Source of the codes: JSON-RPC 2.0, section 5.1. The SDK's own transport drops such lines without a
word, so that a client waits for its answer for ever.
"""

from __future__ import annotations

import json
from typing import Any, cast

from mcp_types import (
    INVALID_REQUEST,
    PARSE_ERROR,
    ErrorData,
    JSONRPCError,
    JSONRPCMessage,
    JSONRPCNotification,
    jsonrpc_message_adapter,
)
from pydantic import ValidationError
from pydantic_core import PydanticSerializationError


class NoMessageError(ValueError):
    """A line is no JSON-RPC message; `answer` is what to send for it, if anything."""

    def __init__(self, answer: JSONRPCError | None) -> None:
        super().__init__(answer.error.message if answer else "not a message")
        self.answer = answer


def encode(message: JSONRPCMessage) -> bytes:
    """The message as one line, without its end.

    As bytes from the first: `model_dump_json` and a line's end appended are two more copies, which
    take most of the time where there is a picture of megabytes within.
    """
    try:
        serializer = message.__pydantic_serializer__
        return serializer.to_json(message, by_alias=True, exclude_unset=True)
    except PydanticSerializationError:
        # Half of a surrogate pair, as JSON from elsewhere may hold: it has no UTF-8, the rest has.
        text = json.dumps(message.model_dump(by_alias=True, exclude_unset=True), ensure_ascii=False)
        return text.encode("utf-8", "replace")


def decode(line: bytes) -> JSONRPCMessage:
    """The message that a line holds.

    Raises:
        NoMessageError: The line holds none.
    """
    try:
        message = jsonrpc_message_adapter.validate_json(line, by_name=False)
    except ValidationError as error:
        raise NoMessageError(_answer(line, error)) from None
    # What has an `id` that the SDK does not know reads as a notification to it, and would never be
    # answered. All of the protocol's notifications have this prefix.
    if isinstance(message, JSONRPCNotification) and not message.method.startswith("notifications/"):
        content = _content(line)
        if isinstance(content, dict) and "id" in content:
            text = "Invalid request: the id is neither a string nor an integer."
            raise NoMessageError(refusal(INVALID_REQUEST, text))
    return message


def refusal(code: int, text: str, request_id: str | int | None = None) -> JSONRPCError:
    """The answer to what cannot be served."""
    return JSONRPCError(jsonrpc="2.0", id=request_id, error=ErrorData(code=code, message=text))


def _answer(line: bytes, error: ValidationError) -> JSONRPCError | None:
    content = _content(line)
    request_id = _id(content)
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    if first["type"] == "json_invalid":
        return refusal(PARSE_ERROR, f"Parse error: {first['msg']}.", request_id)
    if isinstance(content, list):
        text = "Invalid request: batches are not served. Send one request a line."
        return refusal(INVALID_REQUEST, text)
    if isinstance(content, dict):
        if "id" not in content and "method" in content:
            return None  # a notification is never answered
        if "result" in content or "error" in content:
            return None  # nor is a response
    text = 'Invalid request: not an object with "jsonrpc": "2.0", a method and object params.'
    return refusal(INVALID_REQUEST, text, request_id)


def _content(line: bytes) -> object:
    """What the line holds for a reader that takes half surrogates; None where it is no JSON."""
    try:
        return cast("object", json.loads(line.decode("utf-8", "replace")))
    except (ValueError, RecursionError):
        return None


def _id(content: object) -> str | int | None:
    found = cast("dict[str, Any]", content).get("id") if isinstance(content, dict) else None
    return found if isinstance(found, str | int) and not isinstance(found, bool) else None
