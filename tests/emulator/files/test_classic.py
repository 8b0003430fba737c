"""Files in the classic generation: sent with a message, written by code, shown as pictures."""

from base64 import b64encode
from typing import Any

import pytest
from azure.ai.agents.aio import AgentsClient
from azure.ai.agents.models import (
    CodeInterpreterTool,
    FilePurpose,
    MessageAttachment,
    MessageImageFileParam,
    MessageImageUrlParam,
    MessageInputImageFileBlock,
    MessageInputImageUrlBlock,
    MessageInputTextBlock,
    MessageRole,
    ThreadMessage,
)
from azure.core.exceptions import ResourceNotFoundError

from mcp_foundry.emulator import CLASSIC_AGENT
from mcp_foundry.emulator.model.pictures import picture
from tests.emulator.files.reading import rows
from tests.rigs.asking_classic import ask, process, stream

pytestmark = pytest.mark.anyio

PNG = picture("a cat")
SEEN = f"image/png, 64x64, {len(PNG)} bytes"
WORDS = MessageInputTextBlock(text="What is this?")


async def upload(agents: AgentsClient, name: str, data: bytes) -> str:
    made = await agents.files.upload(
        file=(name, data, "application/octet-stream"), purpose=FilePurpose.AGENTS
    )
    return made.id


async def answer(agents: AgentsClient, content: Any, **more: Any) -> str:  # noqa: ANN401 - what a message may hold
    """The answer to a message of these parts."""
    thread = await agents.threads.create()
    await agents.messages.create(thread.id, role=MessageRole.USER, content=content, **more)
    await process(agents, thread.id)
    newest, _ = [message async for message in agents.messages.list(thread.id)]
    return newest.text_messages[0].text.value


def text_of(message: ThreadMessage) -> str:
    return message.text_messages[0].text.value


async def test_an_uploaded_picture_in_a_message_is_noticed(agents: AgentsClient) -> None:
    image = MessageImageFileParam(file_id=await upload(agents, "cat.png", PNG))
    told = await answer(agents, [WORDS, MessageInputImageFileBlock(image_file=image)])
    assert f"“What is this?”. You sent cat.png ({SEEN}). This is turn 1" in told


async def test_a_picture_in_an_address_is_noticed_without_a_word_too(agents: AgentsClient) -> None:
    url = f"data:image/png;base64,{b64encode(PNG).decode()}"
    block = MessageInputImageUrlBlock(image_url=MessageImageUrlParam(url=url))
    assert f"“What is this?”. You sent {SEEN}. This is turn 1" in await answer(
        agents, [WORDS, block]
    )
    assert f": “”. You sent {SEEN}. This is turn 1" in await answer(agents, [block])


async def test_what_is_attached_to_a_message_is_noticed(agents: AgentsClient) -> None:
    table = MessageAttachment(
        file_id=await upload(agents, "table.csv", b"sector,profit\nRETAIL,3\n"),
        tools=CodeInterpreterTool().definitions,
    )
    told = await answer(agents, "Sum up.", attachments=[table])
    assert "“Sum up.”. You sent table.csv (text/csv, 23 bytes, columns sector, profit)." in told


async def test_a_picture_in_a_message_is_shown_with_its_detail(agents: AgentsClient) -> None:
    file_id = await upload(agents, "cat.png", PNG)
    thread = await agents.threads.create()
    for detail in (None, "high"):
        image = MessageImageFileParam(file_id=file_id, detail=detail)
        block = MessageInputImageFileBlock(image_file=image)
        made = await agents.messages.create(thread.id, role=MessageRole.USER, content=[block])
        assert made.as_dict()["content"] == [
            {
                "type": "image_file",
                "image_file": {"file_id": file_id, "detail": detail or "auto"},
            }
        ]


async def test_a_message_with_a_file_that_is_gone_leaves_its_thread_free(
    agents: AgentsClient,
) -> None:
    file_id = await upload(agents, "cat.png", PNG)
    image = MessageInputImageFileBlock(image_file=MessageImageFileParam(file_id=file_id))
    thread = await agents.threads.create()
    await agents.messages.create(thread.id, role=MessageRole.USER, content=[image])
    await agents.files.delete(file_id)
    with pytest.raises(ResourceNotFoundError, match=f"No such File object: {file_id}"):
        await agents.runs.create(thread_id=thread.id, agent_id=CLASSIC_AGENT)
    await agents.messages.create(thread.id, role=MessageRole.USER, content="Never mind.")
    assert (await process(agents, thread.id)).status == "completed"


async def test_a_written_file_is_cited_where_its_address_stands(agents: AgentsClient) -> None:
    run, (message,) = await ask(agents, "[file a.csv] [file a.csv 900]")
    text, notes = text_of(message), message.text_messages[0].text.annotations
    assert [note["type"] for note in notes] == ["file_path", "file_path"]
    sizes: list[int] = []
    for note in notes:
        assert note["text"] == "sandbox:/mnt/data/a.csv"
        assert text[note["start_index"] : note["end_index"]] == note["text"]
        file_id = note["file_path"]["file_id"]
        assert (await agents.files.get(file_id)).purpose == "assistants_output"
        sizes.append(len(await content_of(agents, file_id)))
    assert sizes[0] < 900 <= sizes[1]
    steps = [step async for step in agents.run_steps.list(run.thread_id, run.id)]
    assert [step.type for step in steps] == ["message_creation", "tool_calls", "tool_calls"]


async def content_of(agents: AgentsClient, file_id: str) -> bytes:
    return b"".join([chunk async for chunk in await agents.files.get_content(file_id)])


async def test_a_written_picture_is_shown_as_one_too(agents: AgentsClient) -> None:
    _, (message,) = await ask(agents, "[file chart.png]")
    (image,) = message.image_contents
    (note,) = message.text_messages[0].text.annotations
    assert note["file_path"]["file_id"] == image.image_file.file_id
    assert rows(await content_of(agents, image.image_file.file_id))


async def test_a_picture_belongs_to_one_message_alone(agents: AgentsClient) -> None:
    _, messages = await ask(agents, "[file chart.png] [messages 2]")
    assert [len(each.image_contents) for each in messages] == [1, 0]


async def test_a_stream_tells_of_a_picture_and_of_a_citation(agents: AgentsClient) -> None:
    events = await stream(agents, "[file chart.png]")
    deltas = [
        part
        for name, data in events
        if name == "thread.message.delta"
        for part in data["delta"]["content"]
    ]
    (message,) = [data for name, data in events if name == "thread.message.completed"]
    text, image = message["content"]
    assert deltas[-1] == {"index": 1, **image}
    noted = [note for part in deltas[:-1] for note in part["text"].get("annotations", [])]
    assert noted == [{"index": 0, **text["text"]["annotations"][0]}]


async def test_a_file_without_an_annotation_is_only_linked_to(agents: AgentsClient) -> None:
    _, (message,) = await ask(agents, "[file-unannotated chart.png]")
    assert text_of(message).endswith("[Download chart.png](sandbox:/mnt/data/chart.png)")
    assert message.text_messages[0].text.annotations == []
    assert message.image_contents == []


async def test_a_file_that_is_gone_is_cited_and_not_found(agents: AgentsClient) -> None:
    _, (message,) = await ask(agents, "[file-gone a.csv]")
    (note,) = message.text_messages[0].text.annotations
    with pytest.raises(ResourceNotFoundError, match="No such File object"):
        await agents.files.get(note["file_path"]["file_id"])


async def test_there_is_no_tool_that_draws(agents: AgentsClient) -> None:
    _, messages = await ask(agents, "[draw a lighthouse]")
    assert [text_of(each) for each in messages] == ["I have no tool to draw a lighthouse."]
