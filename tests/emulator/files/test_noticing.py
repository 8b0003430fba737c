"""What the scripted model says of what came with a question."""

from base64 import b64encode
from typing import Any

import pytest
from openai import AsyncOpenAI, BadRequestError, NotFoundError

from mcp_foundry.emulator import DEFAULT_MODEL, Emulator
from mcp_foundry.emulator.model.pictures import picture
from tests.rigs.asking_responses import HELPER

pytestmark = pytest.mark.anyio

PNG = picture("a cat")
SIZE = f"{len(PNG)} bytes"


def address(kind: str, data: bytes) -> str:
    """A data: URL."""
    return f"data:{kind};base64,{b64encode(data).decode()}"


async def ask(openai: AsyncOpenAI, *parts: dict[str, Any]) -> str:
    """The answer to a question of these parts."""
    asked: Any = [{"role": "user", "content": [*parts]}]
    return (await openai.responses.create(input=asked, extra_body=HELPER)).output_text


WORDS = {"type": "input_text", "text": "What is this?"}
NOTICED: dict[str, tuple[dict[str, Any], str]] = {
    "a picture": (
        {"type": "input_image", "image_url": address("image/png", PNG)},
        f"image/png, 64x64, {SIZE}",
    ),
    "a picture that is no PNG": (
        {"type": "input_image", "image_url": address("image/gif", b"GIF89a")},
        "image/gif, 6 bytes",
    ),
    "a picture elsewhere": (
        {"type": "input_image", "image_url": "https://example.com/cat.png"},
        "image at https://example.com/cat.png",
    ),
    "a document": (
        {
            "type": "input_file",
            "filename": "a.pdf",
            "file_data": address("application/pdf", b"%PDF"),
        },
        "a.pdf (application/pdf, 4 bytes)",
    ),
    "a text": (
        {"type": "input_file", "file_data": "data:text/plain;name=a.txt,Hello%20there"},
        "a file (text/plain, 11 bytes, “Hello there”)",
    ),
    "a document elsewhere": (
        {"type": "input_file", "file_url": "https://example.com/a.pdf"},
        "a file at https://example.com/a.pdf",
    ),
    "an upload": (
        {"type": "input_file", "file_id": "assistant-table"},
        "table.csv (text/csv, 42 bytes, columns name, words)",
    ),
    "another text": (
        {"type": "input_text", "text": "notes.md\n" + "words " * 200},
        f"a text of 1,209 characters (“{('notes.md ' + 'words ' * 20)[:60]}…”)",
    ),
}


@pytest.mark.parametrize("case", NOTICED)
async def test_what_comes_with_a_question_is_told(openai: AsyncOpenAI, case: str) -> None:
    part, told = NOTICED[case]
    answer = await ask(openai, WORDS, part)
    assert f"helper (version 1): “What is this?”. You sent {told}. This is turn 1" in answer


async def test_a_picture_without_a_word_is_a_question(openai: AsyncOpenAI) -> None:
    part = NOTICED["a picture"][0]
    told = f"You sent image/png, 64x64, {SIZE}."
    assert f"You asked helper (version 1): “”. {told}" in await ask(openai, part)


async def test_the_words_of_a_question_may_come_after_its_picture(openai: AsyncOpenAI) -> None:
    answer = await ask(openai, NOTICED["a picture"][0], WORDS, NOTICED["another text"][0])
    assert "“What is this?”. You sent a text of 1,209 characters" in answer
    assert f". You sent image/png, 64x64, {SIZE}." in answer


async def test_only_the_newest_message_is_noticed(openai: AsyncOpenAI) -> None:
    conversation = await openai.conversations.create()
    asked: Any = [{"role": "user", "content": [WORDS, NOTICED["a picture"][0]]}]
    for each in (asked, "And now?"):
        response = await openai.responses.create(
            input=each, conversation=conversation.id, extra_body=HELPER
        )
    assert "“And now?”. This is turn 2 of this conversation" in response.output_text
    assert "it began with “What is this?”" in response.output_text


async def test_a_message_before_the_output_of_a_function_is_noticed(openai: AsyncOpenAI) -> None:
    first = await openai.responses.create(input="[call f]", extra_body=HELPER)
    output = {
        "type": "function_call_output",
        "call_id": getattr(first.output[0], "call_id", ""),
        "output": "42",
    }
    given: Any = [{"role": "user", "content": [WORDS, NOTICED["a picture"][0]]}, output]
    second = await openai.responses.create(
        input=given, previous_response_id=first.id, extra_body=HELPER
    )
    assert "f answered “42”." in second.output_text
    assert f"You sent image/png, 64x64, {SIZE}." in second.output_text


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no base64": ({"type": "input_image", "image_url": "data:image/png;base64,%%%"}, "base64"),
    "nothing": ({"type": "input_file", "file_data": "data:application/pdf,"}, "Empty file"),
    "no address": ({"type": "input_image", "image_url": "cat.png"}, "expected a valid URL"),
    "file:": ({"type": "input_image", "image_url": "file:///etc/passwd"}, "expected a valid URL"),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_what_no_model_could_read_is_refused(
    emulator: Emulator, openai: AsyncOpenAI, case: str
) -> None:
    part, words = REFUSED[case]
    with pytest.raises(BadRequestError, match=words) as refused:
        await ask(openai, WORDS, part)
    assert refused.value.param == "input"
    assert (emulator.runs_taken, emulator.live) == (0, [])


async def test_an_upload_that_is_gone_is_not_found(openai: AsyncOpenAI) -> None:
    with pytest.raises(NotFoundError, match="No such File object: assistant-none"):
        await ask(openai, WORDS, {"type": "input_file", "file_id": "assistant-none"})


async def test_a_model_without_an_agent_notices_too(openai: AsyncOpenAI) -> None:
    asked: Any = [{"role": "user", "content": [NOTICED["a picture"][0]]}]
    response = await openai.responses.create(model=DEFAULT_MODEL, input=asked)
    assert f"You sent image/png, 64x64, {SIZE}." in response.output_text
