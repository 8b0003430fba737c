"""What a model's own server is told of a conversation."""

from typing import Any

import pytest

from mcp_foundry.emulator import Emulator
from tests.rigs.asking_responses import HELPER
from tests.rigs.chat_server import ChatServer, chat
from tests.rigs.sdk_clients import openai_client

__all__ = ["chat"]

pytestmark = pytest.mark.anyio


async def test_a_conversation_goes_on_without_a_file_that_was_deleted(chat: ChatServer) -> None:
    chat.say("Read")
    async with Emulator(model_url=chat.url) as emulator, openai_client(emulator) as client:
        sent = await client.files.create(file=("a.md", b"Tea at four."), purpose="assistants")
        part: Any = {"type": "input_file", "file_id": sent.id}
        asked: Any = [{"role": "user", "content": [{"type": "input_text", "text": "Read"}, part]}]
        first = await client.responses.create(input=asked, extra_body=HELPER)
        await client.files.delete(sent.id)
        then = await client.responses.create(
            input="When?", previous_response_id=first.id, extra_body=HELPER
        )
    assert then.status == "completed"
    told = [each["messages"][1]["content"][1]["text"] for each in chat.asked]
    assert told == ["a.md\nTea at four.", f"No such File object: {sent.id}"]
