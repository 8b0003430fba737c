"""Pictures that image models make, and the header that must name the model."""

from base64 import b64decode
from typing import Any

import pytest
from openai import AsyncOpenAI, BadRequestError
from openai.types.responses import Response
from openai.types.responses.response_output_item import ImageGenerationCall

from mcp_foundry.emulator import Emulator
from tests.emulator.files.reading import rows
from tests.rigs.asking_responses import stream

pytestmark = pytest.mark.anyio

HEADER = "x-ms-oai-image-generation-deployment"


@pytest.fixture
def painter(emulator: Emulator) -> None:
    """Let there be agents with an image model of their own, and with the usual one."""
    tool: dict[str, Any] = {"type": "image_generation", "quality": "high", "size": "1536x1024"}
    emulator.store.add_agent("painter", tools=[{**tool, "model": "gpt-image-9"}])
    emulator.store.add_agent("usual", tools=[tool])


async def ask(openai: AsyncOpenAI, agent: str, header: str, message: str = "Hi") -> Response:
    reference = {"agent_reference": {"type": "agent_reference", "name": agent}}
    headers = {HEADER: header} if header else {}
    return await openai.responses.create(input=message, extra_body=reference, extra_headers=headers)


def picture_of(response: Response) -> ImageGenerationCall:
    item = response.output[0]
    assert item.type == "image_generation_call"
    return item


@pytest.mark.usefixtures("painter")
@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("", f"imagegen deployment must be provided through header '{HEADER}'"),
        ("gpt-image-1", "The image generation deployment 'gpt-image-1' does not exist"),
    ],
)
async def test_an_image_model_must_be_named_in_a_header(
    emulator: Emulator, openai: AsyncOpenAI, header: str, words: str
) -> None:
    with pytest.raises(BadRequestError, match=words):
        await ask(openai, "painter", header)
    assert (emulator.runs_created, emulator.runs_taken) == (1, 0)
    assert (await ask(openai, "painter", "gpt-image-9")).status == "completed"


@pytest.mark.usefixtures("painter")
async def test_the_usual_image_model_must_be_named_too(openai: AsyncOpenAI) -> None:
    with pytest.raises(BadRequestError, match="imagegen deployment"):
        await ask(openai, "usual", "")
    assert (await ask(openai, "usual", "gpt-image-1")).status == "completed"


@pytest.mark.usefixtures("painter")
async def test_a_picture_is_made_as_its_tool_says(openai: AsyncOpenAI) -> None:
    response = await ask(openai, "painter", "gpt-image-9", "[draw a cat]")
    item = picture_of(response).to_dict()
    assert (item["quality"], item["size"]) == ("high", "1536x1024")
    assert (item["action"], item["output_format"], item["background"]) == (
        "generate",
        "png",
        "opaque",
    )
    assert item["revised_prompt"] == "a cat"
    assert [each.type for each in response.output] == ["image_generation_call", "message"]
    assert response.output_text == ""


async def test_a_drawing_is_a_picture_of_its_words_and_as_big_as_it_is_told(
    openai: AsyncOpenAI,
) -> None:
    drawn: list[bytes] = []
    for words in ("a cat", "a cat 2000", "a dog"):
        _, response = await stream(openai, f"[draw {words}]")
        drawn.append(b64decode(picture_of(response).result or "", validate=True))
    cat, large, dog = drawn
    assert rows(cat) == rows(large) != rows(dog)
    assert len(cat) < 2000 == len(large)


async def test_a_picture_comes_twice_in_a_stream_and_again_by_its_id(openai: AsyncOpenAI) -> None:
    events = await openai.responses.create(
        input="[draw a cat]",
        stream=True,
        extra_body={"agent_reference": {"type": "agent_reference", "name": "helper"}},
    )
    results: list[str | None] = []
    identifier = ""
    async for event in events:
        if event.type == "response.output_item.added" and event.output_index == 0:
            assert event.item.type == "image_generation_call"
            assert event.item.result is None
        elif event.type == "response.output_item.done" and event.output_index == 0:
            assert event.item.type == "image_generation_call"
            results.append(event.item.result)
        elif event.type == "response.completed":
            results.append(picture_of(event.response).result)
            identifier = event.response.id
    again = await openai.responses.retrieve(identifier)
    assert results == [picture_of(again).result] * 2
    assert results[0]
