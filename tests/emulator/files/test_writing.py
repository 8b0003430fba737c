"""Files that code interpreters of the new generation write, and where answers say that they are."""

from typing import Any

import pytest
from openai import AsyncOpenAI, NotFoundError

from tests.emulator.files.reading import container_of, rows, text_and_notes
from tests.rigs.asking_responses import HELPER, stream

pytestmark = pytest.mark.anyio


async def fetch(openai: AsyncOpenAI, note: Any) -> bytes:  # noqa: ANN401 - any citation
    content = await openai.containers.files.content.retrieve(
        note.file_id, container_id=note.container_id
    )
    return content.content


async def test_a_file_is_cited_where_its_address_stands(openai: AsyncOpenAI) -> None:
    names, response = await stream(openai, "[file a 😄.csv]")
    text, (note,) = text_and_notes(response)
    assert text.endswith("\n\n[Download a 😄.csv](sandbox:/mnt/data/a 😄.csv)")
    assert text[note.start_index : note.end_index] == "sandbox:/mnt/data/a 😄.csv"
    assert note.filename == "a 😄.csv"
    assert note.container_id == container_of(response.output[0])
    assert (await fetch(openai, note)).startswith(b"name,words\n")
    assert "response.output_text.annotation.added" in names


async def test_a_picture_leaves_a_figure_without_a_span_and_then_itself(
    openai: AsyncOpenAI,
) -> None:
    _, response = await stream(openai, "[file chart.png]")
    text, (figure, chart) = text_and_notes(response)
    assert (figure.start_index, figure.end_index) == (0, 0)
    assert figure.filename == f"{figure.file_id}.png"
    assert text[chart.start_index : chart.end_index] == "sandbox:/mnt/data/chart.png"
    assert (chart.filename, chart.container_id) == ("chart.png", figure.container_id)
    assert figure.file_id != chart.file_id
    assert await fetch(openai, figure) == await fetch(openai, chart)
    assert rows(await fetch(openai, chart))


async def test_a_stream_tells_of_each_citation_in_the_order_of_the_answer(
    openai: AsyncOpenAI,
) -> None:
    events = await openai.responses.create(
        input="[file chart.png] [file a.csv]", stream=True, extra_body=HELPER
    )
    told: list[Any] = []
    async for event in events:
        if event.type == "response.output_text.annotation.added":
            told.append(event.annotation)
        elif event.type == "response.completed":
            _, notes = text_and_notes(event.response)
            assert [each.to_dict() for each in told] == [note.to_dict() for note in notes]
    assert [each.filename for each in told[1:]] == ["chart.png", "a.csv"]


async def test_two_files_of_one_name_are_two_files(openai: AsyncOpenAI) -> None:
    _, response = await stream(openai, "[file a.csv] [file a.csv 900]")
    text, (small, large) = text_and_notes(response)
    assert small.end_index < large.start_index
    assert {text[note.start_index : note.end_index] for note in (small, large)} == {
        "sandbox:/mnt/data/a.csv"
    }
    assert small.container_id == large.container_id
    assert len(await fetch(openai, small)) < 900 <= len(await fetch(openai, large))


async def test_a_file_without_an_annotation_is_found_in_its_container(openai: AsyncOpenAI) -> None:
    _, response = await stream(openai, "[file-unannotated chart.png] [file chart.png 5000]")
    text, notes = text_and_notes(response)
    assert text.count("(sandbox:/mnt/data/chart.png)") == 2
    assert len(notes) == 2
    listed = await openai.containers.files.list(container_of(response.output[0]))
    bare = [each for each in listed.data if each.id not in {note.file_id for note in notes}]
    assert [each.path for each in bare] == ["/mnt/data/chart.png"]
    assert len(await fetch(openai, notes[1])) == 5000
    assert notes[1].start_index > text.index("(sandbox:/mnt/data/chart.png)") + 10


async def test_a_file_that_is_gone_is_cited_and_not_found(openai: AsyncOpenAI) -> None:
    _, response = await stream(openai, "[file-gone chart.png]")
    text, (figure, chart) = text_and_notes(response)
    assert text[chart.start_index : chart.end_index] == "sandbox:/mnt/data/chart.png"
    for note in (figure, chart):
        with pytest.raises(NotFoundError, match=f"Container with id '{note.container_id}'"):
            await fetch(openai, note)
    with pytest.raises(NotFoundError):
        await openai.containers.files.list(chart.container_id)


async def test_a_name_that_leads_elsewhere_is_told_as_it_is(openai: AsyncOpenAI) -> None:
    _, response = await stream(openai, "[file ../../x.txt]")
    text, (note,) = text_and_notes(response)
    assert note.filename == "../../x.txt"
    assert text[note.start_index : note.end_index] == "sandbox:/mnt/data/../../x.txt"
    assert await fetch(openai, note)


async def test_a_figure_belongs_to_one_message_alone(openai: AsyncOpenAI) -> None:
    _, response = await stream(openai, "[file chart.png] [messages 2]")
    _, first, last = response.output
    assert [notes_of(each) for each in (first, last)] == [1, 0]


def notes_of(item: Any) -> int:  # noqa: ANN401 - any kind of output item
    """How many citations a message has."""
    return len(item.content[0].annotations)


async def test_the_same_answer_is_read_again(openai: AsyncOpenAI) -> None:
    first = await openai.responses.create(input="[file chart.png]", extra_body=HELPER)
    again = await openai.responses.retrieve(first.id)
    assert text_and_notes(again) == text_and_notes(first)
