"""The message of a request, and what goes with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mcp_foundry.agents.attachments import Attachment
    from mcp_foundry.agents.question import Question
    from mcp_foundry.contract.json import Json

_TOOLS = ({"type": "code_interpreter"},)


def message_of(question: Question) -> Json:
    """Return the message as a thread takes it."""
    blocks = [block for file in question.files if (block := _block(file))]
    stored = [file.content for file in question.files if file.way == "stored"]
    text: Json = {"type": "text", "text": question.message}
    content = [text, *blocks] if blocks else question.message
    message: Json = {"role": "user", "content": content}
    if stored:
        message["attachments"] = [{"file_id": each, "tools": [*_TOOLS]} for each in stored]
    return message


def _block(file: Attachment) -> Json:
    if file.way in {"picture", "address"}:
        return {"type": "image_url", "image_url": {"url": file.content}}
    if file.way == "text":
        return {"type": "text", "text": f"{file.name}:\n{file.content}"}
    return {}
