"""The input of a request: the message, and what goes with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_foundry.contract.media import PICTURES, kind_of_name

if TYPE_CHECKING:
    from mcp_foundry.agents.attachments import Attachment
    from mcp_foundry.agents.question import Question
    from mcp_foundry.contract.json import Json


def input_of(question: Question) -> str | list[Json]:
    """Return the message, or, with files, the one item that holds it and them."""
    # What an input stands for reaches the agent through that.
    parts = [_part(file) for file in question.files if not file.inputs]
    if not parts:
        return question.message
    message = {"type": "input_text", "text": question.message}
    return [{"role": "user", "content": [message, *parts]}]


def _part(file: Attachment) -> Json:
    if file.way == "picture":
        return {"type": "input_image", "image_url": file.content}
    if file.way == "text":
        return {"type": "input_text", "text": f"{file.name}:\n{file.content}"}
    if file.way == "document":
        return {"type": "input_file", "filename": file.name, "file_data": file.content}
    if file.way == "stored":
        return {"type": "input_file", "file_id": file.content}
    # An address that does not say what is there is most often that of a picture.
    if kind_of_name(file.name) in {"", *PICTURES}:
        return {"type": "input_image", "image_url": file.content}
    return {"type": "input_file", "file_url": file.content}
