"""Uploads of both generations, through their clients."""

from collections.abc import AsyncIterator
from io import BytesIO
from typing import Literal, cast

import aiohttp
import pytest
from azure.ai.agents.aio import AgentsClient
from azure.ai.agents.models import FilePurpose
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from openai import APIStatusError, AsyncOpenAI, NotFoundError

from mcp_foundry.emulator import Emulator
from tests.rigs.asking_raw import error_of

pytestmark = pytest.mark.anyio

TABLE = ("table.csv", b"a,b\n1,2\n", "text/csv")


async def test_an_upload_is_shown_read_and_deleted(openai: AsyncOpenAI) -> None:
    made = await openai.files.create(file=("täble 1.csv", *TABLE[1:]), purpose="assistants")
    assert (made.filename, made.bytes, made.purpose) == ("täble 1.csv", 8, "assistants")
    assert (made.status, made.expires_at) == ("processed", None)
    assert made.id.startswith("assistant-")
    assert await openai.files.retrieve(made.id) == made
    content = await openai.files.content(made.id)
    assert content.content == TABLE[1]
    assert content.response.headers["Content-Type"] == "application/octet-stream"
    assert content.response.headers["Content-Disposition"].endswith(
        "filename*=UTF-8''t%C3%A4ble%201.csv"
    )
    assert (await openai.files.delete(made.id)).deleted
    for gone in (openai.files.retrieve, openai.files.content, openai.files.delete):
        with pytest.raises(NotFoundError, match=f"No such File object: {made.id}"):
            await gone(made.id)


async def test_uploads_are_listed_all_newest_first_or_in_pages_or_by_purpose(
    openai: AsyncOpenAI, agents: AgentsClient
) -> None:
    made = [
        await openai.files.create(file=(f"{each}.txt", b"."), purpose="assistants")
        for each in range(22)
    ]
    newest = [each.id for each in reversed(made)]
    first = await openai.files.list()
    assert [each.id for each in first.data][:22] == newest
    assert not first.has_next_page()
    paged = [each.id async for each in openai.files.list(limit=9)]
    assert paged == [each.id for each in first.data]
    classic = await agents.files.list()
    assert [each.id for each in classic.data] == paged
    batch = await openai.files.create(file=("b.jsonl", b"{}"), purpose="batch")
    found = await openai.files.list(purpose="batch")
    assert [each.id for each in found.data] == [batch.id]


@pytest.mark.parametrize("purpose", ["user_data", "vision"])
async def test_a_purpose_that_only_openai_knows_is_refused(
    emulator: Emulator, openai: AsyncOpenAI, agents: AgentsClient, purpose: str
) -> None:
    before = len(emulator.store.files.uploads)
    with pytest.raises(APIStatusError, match=f"Invalid value for purpose: '{purpose}'"):
        await openai.files.create(file=TABLE, purpose=cast("Literal['vision']", purpose))
    with pytest.raises(HttpResponseError, match=f"Invalid value for purpose: '{purpose}'"):
        await agents.files.upload(file=TABLE, purpose=purpose)
    assert len(emulator.store.files.uploads) == before


async def test_an_upload_may_be_given_an_end(openai: AsyncOpenAI) -> None:
    made = await openai.files.create(
        file=TABLE, purpose="assistants", expires_after={"anchor": "created_at", "seconds": 86400}
    )
    assert made.expires_at == made.created_at + 86400


@pytest.mark.parametrize("seconds", [3599, 2_592_001, 10**4000])
async def test_an_end_too_near_or_too_far_is_refused_and_nothing_kept(
    emulator: Emulator, openai: AsyncOpenAI, seconds: int
) -> None:
    before = len(emulator.store.files.uploads)
    with pytest.raises(APIStatusError, match="expires_after"):
        await openai.files.create(
            file=TABLE,
            purpose="assistants",
            expires_after={"anchor": "created_at", "seconds": seconds},
        )
    assert len(emulator.store.files.uploads) == before


async def test_a_file_without_bytes_and_a_form_without_a_file_are_refused(
    openai: AsyncOpenAI, raw: aiohttp.ClientSession
) -> None:
    with pytest.raises(APIStatusError, match="File is empty"):
        await openai.files.create(file=("a.txt", b""), purpose="assistants")
    form = aiohttp.FormData({"purpose": "assistants"}, default_to_multipart=True)
    nameless = aiohttp.FormData({"purpose": "assistants"}, default_to_multipart=True)
    nameless.add_field("file", BytesIO(b"\xff"), content_type="image/png", filename="")
    for body in (form, nameless, b"{}"):
        async with raw.post("openai/v1/files", data=body) as response:
            assert response.status == 400
            assert (await error_of(response))["param"] == "file"


async def test_the_classic_client_uploads_reads_and_deletes_the_same_files(
    agents: AgentsClient, openai: AsyncOpenAI
) -> None:
    made = await agents.files.upload(file=TABLE, purpose=FilePurpose.AGENTS)
    assert (made.filename, made.bytes, made.purpose) == (TABLE[0], 8, "assistants")
    assert (await openai.files.retrieve(made.id)).filename == TABLE[0]
    assert (await agents.files.get(made.id)).id == made.id
    read = [chunk async for chunk in await agents.files.get_content(made.id)]
    assert b"".join(read) == TABLE[1]
    await agents.files.delete(made.id)
    with pytest.raises(ResourceNotFoundError, match=f"No such File object: {made.id}"):
        await agents.files.get(made.id)


async def test_a_name_beside_a_stream_is_lost_as_it_is_at_the_service(
    agents: AgentsClient,
) -> None:
    made = await agents.files.upload(
        file=BytesIO(TABLE[1]), purpose=FilePurpose.AGENTS, filename="table.csv"
    )
    assert made.filename == "file"


async def test_an_upload_can_fail_as_everything_can(
    emulator: Emulator, openai: AsyncOpenAI
) -> None:
    emulator.fault(on="POST /openai/v1/files", status=500)
    with pytest.raises(APIStatusError, match="told to answer 500"):
        await openai.files.create(file=TABLE, purpose="assistants")
    assert await openai.files.create(file=TABLE, purpose="assistants")


async def test_a_file_to_train_with_is_looked_through_first(openai: AsyncOpenAI) -> None:
    made = await openai.files.with_raw_response.create(file=("a.jsonl", b"{}"), purpose="fine-tune")
    file = made.parse()
    assert (made.status_code, file.status) == (201, "pending")
    assert (await openai.files.wait_for_processing(file.id, poll_interval=0.01)).status == (
        "processed"
    )


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a/b.txt", "C:\\a.txt", "..", "東京 😄.md", "x" * 5000]
)
async def test_a_name_is_told_as_it_is_and_leads_nowhere(openai: AsyncOpenAI, name: str) -> None:
    made = await openai.files.create(file=(name, b"words"), purpose="assistants")
    assert made.filename == name
    content = await openai.files.content(made.id)
    assert content.content == b"words"


@pytest.mark.parametrize("name", ["a\0b.txt", "\0", "%00.txt"])
async def test_a_name_with_a_nul_is_kept_and_found(
    emulator: Emulator, openai: AsyncOpenAI, name: str
) -> None:
    info = emulator.store.files.upload(name, b"elephants")
    assert (await openai.files.retrieve(info["id"])).filename == name
    assert (await openai.files.content(info["id"])).content == b"elephants"


async def test_a_large_file_comes_back_whole(openai: AsyncOpenAI) -> None:
    data = bytes(range(256)) * 4096 * 70
    made = await openai.files.create(file=("a.bin", data), purpose="assistants")
    assert made.bytes == len(data) == 73_400_320
    assert (await openai.files.content(made.id)).content == data


async def test_what_is_larger_than_a_file_may_be_is_refused_and_the_reason_arrives(
    emulator: Emulator, raw: aiohttp.ClientSession
) -> None:
    before = len(emulator.store.files.uploads)

    async def pieces() -> AsyncIterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        for _ in range(514):
            yield b"\0" * 1024 * 1024

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    async with raw.post("openai/v1/files", data=pieces(), headers=headers) as response:
        assert response.status == 413
        assert "larger than" in (await error_of(response))["message"]
    async with raw.post("openai/v1/responses", data=BytesIO(b" " * 65 * 1024 * 1024)) as response:
        assert response.status == 413
    assert len(emulator.store.files.uploads) == before


async def test_what_is_no_form_is_refused(raw: aiohttp.ClientSession) -> None:
    for kind in ("multipart/form-data", "multipart/form-data; boundary=x"):
        async with raw.post(
            "openai/v1/files", data=b"no form", headers={"Content-Type": kind}
        ) as response:
            assert response.status == 400
