"""Containers of code interpreters, through the OpenAI client."""

import pytest
from openai import AsyncOpenAI, BadRequestError, NotFoundError
from openai.types.responses.response_output_text import AnnotationContainerFileCitation

from mcp_foundry.emulator import Emulator
from mcp_foundry.emulator.store.files import KEPT
from tests.emulator.files.reading import cited, container_of
from tests.rigs.asking_responses import HELPER

pytestmark = pytest.mark.anyio


async def write(openai: AsyncOpenAI, message: str) -> AnnotationContainerFileCitation:
    """The last file that is cited."""
    response = await openai.responses.create(input=message, extra_body=HELPER)
    return cited(response)[-1]


async def test_the_files_of_a_container_are_listed(openai: AsyncOpenAI) -> None:
    note = await write(openai, "[file a.csv] [file b.csv 5000]")
    listed = [each async for each in openai.containers.files.list(note.container_id)]
    assert [(each.path, each.source) for each in listed] == [
        ("/mnt/data/b.csv", "assistant"),
        ("/mnt/data/a.csv", "assistant"),
    ]
    assert listed[0].id == note.file_id
    assert listed[0].bytes
    assert listed[0].bytes >= 5000
    shown = await openai.containers.files.retrieve(note.file_id, container_id=note.container_id)
    assert shown.to_dict() == listed[0].to_dict()


async def test_a_file_is_fetched_under_its_name_and_without_a_type(openai: AsyncOpenAI) -> None:
    note = await write(openai, "[file my notes.md]")
    content = await openai.containers.files.content.retrieve(
        note.file_id, container_id=note.container_id
    )
    assert content.content.endswith(b"emulator wrote my notes.md.\n")
    headers = content.response.headers
    assert "Content-Type" not in headers
    assert headers["Content-Length"] == str(len(content.content))
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Disposition"] == (
        "attachment; filename=\"file.md\"; filename*=UTF-8''my%20notes.md"
    )


@pytest.mark.parametrize("name", ["no ending", "a.b c", 'a.x"y', "a.ä"])
async def test_no_name_of_a_file_breaks_its_header(openai: AsyncOpenAI, name: str) -> None:
    note = await write(openai, f"[file {name}]")
    content = await openai.containers.files.content.retrieve(
        note.file_id, container_id=note.container_id
    )
    assert content.response.headers["Content-Disposition"].startswith(
        'attachment; filename="file"; '
    )


async def test_code_that_writes_nothing_has_a_container_without_files(openai: AsyncOpenAI) -> None:
    response = await openai.responses.create(input="[code] [code]", extra_body=HELPER)
    (container,) = {container_of(item) for item in response.output[:2]}
    assert (await openai.containers.files.list(container)).data == []


async def test_a_deleted_file_and_one_of_another_container_are_not_found(
    openai: AsyncOpenAI,
) -> None:
    first, second = await write(openai, "[file a.csv]"), await write(openai, "[file b.csv]")
    files = openai.containers.files
    with pytest.raises(NotFoundError, match=f"file with id '{first.file_id}' not found"):
        await files.content.retrieve(first.file_id, container_id=second.container_id)
    await files.delete(first.file_id, container_id=first.container_id)
    with pytest.raises(NotFoundError, match=f"file with id '{first.file_id}' not found"):
        await files.retrieve(first.file_id, container_id=first.container_id)
    with pytest.raises(NotFoundError):
        await files.delete(first.file_id, container_id=first.container_id)


async def test_what_a_cited_source_points_to_can_be_fetched(openai: AsyncOpenAI) -> None:
    note = await write(openai, "[cite]")
    content = await openai.containers.files.content.retrieve(
        note.file_id, container_id=note.container_id
    )
    assert content.content.startswith(b"\x89PNG")
    for identifier in ("assistant-handbook", "assistant-table"):
        assert (await openai.files.content(identifier)).content


async def test_the_oldest_container_makes_room(emulator: Emulator, openai: AsyncOpenAI) -> None:
    note = await write(openai, "[file a.csv]")
    files = emulator.store.files
    for each in range(KEPT - 1):
        files.write(f"cntr_{each}", "a.csv", b".")
    assert await openai.containers.files.list(note.container_id)
    files.write("cntr_newest", "a.csv", b".")
    with pytest.raises(NotFoundError, match=f"Container with id '{note.container_id}' not found"):
        await openai.containers.files.list(note.container_id)


async def test_a_container_that_has_ended_is_not_found(
    emulator: Emulator, openai: AsyncOpenAI
) -> None:
    note = await write(openai, "[file a.csv]")
    del emulator.store.files.containers[note.container_id]
    files = openai.containers.files
    with pytest.raises(NotFoundError, match=f"Container with id '{note.container_id}' not found"):
        await files.list(note.container_id)
    with pytest.raises(NotFoundError, match="Container with id"):
        await files.content.retrieve(note.file_id, container_id=note.container_id)


async def test_a_container_is_made_filled_listed_and_ended(openai: AsyncOpenAI) -> None:
    file = await openai.files.create(file=("a.csv", b"a,b"), purpose="assistants")
    made = await openai.containers.create(
        name="box",
        file_ids=[file.id],
        memory_limit="4g",
        expires_after={"anchor": "last_active_at", "minutes": 5},
    )
    assert (made.name, made.status, made.memory_limit) == ("box", "running", "4g")
    assert made.expires_after
    assert made.expires_after.minutes == 5
    assert (await openai.containers.retrieve(made.id)).to_dict() == made.to_dict()
    assert [each.id async for each in openai.containers.list(name="box")] == [made.id]
    sent = await openai.containers.files.create(made.id, file=("b.txt", b"words"))
    again = await openai.containers.files.create(made.id, file_id=file.id)
    assert (sent.path, sent.source) == ("/mnt/data/b.txt", "user")
    listed = [each.path async for each in openai.containers.files.list(made.id, order="asc")]
    copied = f"/mnt/data/{file.id}-a.csv"
    assert listed == [copied, "/mnt/data/b.txt", copied]
    content = openai.containers.files.content
    assert (await content.retrieve(again.id, container_id=made.id)).content == b"a,b"
    await openai.containers.delete(made.id)
    with pytest.raises(NotFoundError, match=f"Container with id '{made.id}' not found"):
        await openai.containers.files.create(made.id, file=("b.txt", b"words"))


async def test_a_container_without_a_name_and_a_file_without_bytes_are_refused(
    openai: AsyncOpenAI,
) -> None:
    with pytest.raises(BadRequestError, match="'name'"):
        await openai.containers.create(name="")
    made = await openai.containers.create(name="box")
    with pytest.raises(BadRequestError, match="'file'"):
        await openai.containers.files.create(made.id)
    with pytest.raises(NotFoundError, match="No such File object"):
        await openai.containers.files.create(made.id, file_id="assistant-none")
