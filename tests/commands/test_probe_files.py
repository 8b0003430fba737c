"""What a probe finds of files and pictures, and that it leaves none behind."""

from __future__ import annotations

import struct
import zlib
from base64 import b64decode
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from mcp_foundry.commands.probing.sending import NOBODY, UPLOADS, send_files
from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.contract.json import object_in
from tests.rigs.probing import INTERRUPTIBLE, differing, findings, interrupted, probed, way_to

if TYPE_CHECKING:
    from mcp_foundry.commands.probing.findings import Finding
    from mcp_foundry.emulator import Emulator

pytestmark = pytest.mark.anyio

SENDING = f"POST {UPLOADS}"
GONE = "a container that is not there:"
NO_PICTURES = "send them to agents with a declared input instead"
ENDLESS = "uploads stay until deleted: the bridge sends them without an end"


@pytest.fixture(autouse=True)
def without_files(emulator: Emulator) -> None:
    emulator.store.files.uploads.clear()


async def sent(emulator: Emulator) -> Finding:
    """What is found of files while nothing else is tried; no file is left."""
    async with way_to(emulator, "helper") as (route, _):
        found = await send_files(route)
        assert await route.leave()
        assert route.role == ""
    assert len(emulator.store.files.uploads) == 0
    return found


def parts(emulator: Emulator) -> list[dict[str, Any]]:
    """What came with the questions' texts."""
    bodies = [object_in(each.body) for each in emulator.received]
    asked = [body["input"] for body in bodies if isinstance(body.get("input"), list)]
    return [given[0]["content"][1] for given in asked]


async def test_files_and_pictures_are_taken_and_nothing_is_left(emulator: Emulator) -> None:
    found = await sent(emulator)
    assert found.verdict == "holds"
    assert found.came.split("; ") == [
        "an upload with an end taken, and has one, deleted",
        f"{GONE} HTTP 404, without a code: Container with id '<id>' not found.",
        "a picture in a question taken, completed",
        "a text file in a question taken, completed",
    ]
    sending, deleting = (each for each in emulator.received if each.path.startswith(UPLOADS))
    assert sending.body == {
        "purpose": "assistants",
        "expires_after[anchor]": "created_at",
        "expires_after[seconds]": "3600",
    }
    assert deleting.method == "DELETE"


async def test_the_picture_is_one(emulator: Emulator) -> None:
    await sent(emulator)
    picture, note = parts(emulator)
    assert (note["type"], note["filename"]) == ("input_file", "note.txt")
    assert len(b64decode(note["file_data"].partition(",")[2])) == 20
    png = b64decode(picture["image_url"].removeprefix("data:image/png;base64,"), validate=True)
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    at, names = 8, list[bytes]()
    while at < len(png):
        (size,) = struct.unpack_from(">I", png, at)
        told = png[at + 4 : at + 8 + size]
        assert struct.unpack_from(">I", png, at + 8 + size) == (zlib.crc32(told),)
        names.append(told[:4])
        at += 12 + size
    assert names == [b"IHDR", b"IDAT", b"IEND"]


REFUSED = "Unknown parameter: 'expires_after'."
FAULTS: dict[str, tuple[list[dict[str, Any]], str, str]] = {
    # What goes wrong; a word of what came, and what follows.
    "no end": (
        [{"on": SENDING, "status": 400, "message": REFUSED}],
        "Unknown parameter: 'expires_after'.; taken without one, deleted",
        ENDLESS,
    ),
    "no end by other words": (
        [{"on": SENDING, "status": 422, "message": "No."}],
        "an upload with an end refused: HTTP 422",
        "uploads fail: the bridge cannot tell that it is their end that is refused",
    ),
    "no uploads": (
        [{"on": SENDING, "status": 400, "times": 2}],
        "an upload refused: HTTP 400",
        "no file can be sent as an agent's input",
    ),
    "no uploads by role": (
        [{"on": SENDING, "status": 403}],
        "an upload refused: HTTP 403, forbidden",
        "no file can be sent as an agent's input",
    ),
    "no id": (
        [{"on": SENDING, "status": 200, "body": {"object": "file"}}],
        "an upload taken, without an id",
        "the bridge cannot use what it uploads",
    ),
    "containers fail": (
        [{"on": NOBODY, "status": 500}],
        f"{GONE} HTTP 500",
        "a file that is gone is told as another failure",
    ),
    "containers forbidden": (
        [{"on": NOBODY, "status": 403}],
        f"{GONE} HTTP 403",
        "a file that is gone is told as another failure",
    ),
    "containers there": (
        [{"on": NOBODY, "status": 200, "body": {"data": []}}],
        f"{GONE} HTTP 200",
        "a file that is gone is told as another failure",
    ),
    "no pictures": (
        [{"status": 400, "message": "Invalid 'input_image' of anna@contoso.com."}],
        "'input_image' of <address>",
        f"pictures in a question fail with this agent: {NO_PICTURES}",
    ),
    "pictures fail": (
        [{"end": "failed", "code": "server_error"}],
        "a picture in a question taken, failed (server_error)",
        f"pictures in a question fail with this agent: {NO_PICTURES}",
    ),
    "no texts": (
        [{"comments": True}, {"status": 400}],
        "a text file in a question refused: HTTP 400",
        "nothing: the bridge sends texts as a part of the question",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_what_is_not_taken_is_told_with_what_follows(emulator: Emulator, fault: str) -> None:
    faults, came, follows = FAULTS[fault]
    for words in faults:
        emulator.fault(**words)
    found = await sent(emulator)
    assert (found.verdict, found.follows) == ("differs", follows)
    assert came in found.came
    # One thing that is refused is no reason to leave the others out.
    assert len(parts(emulator)) == 2


async def test_a_container_that_is_gone_for_good_is_as_well(emulator: Emulator) -> None:
    emulator.fail_next(410, on=NOBODY)
    assert (await sent(emulator)).verdict == "holds"


async def test_an_end_that_is_ignored_is_told(emulator: Emulator) -> None:
    info = emulator.store.files.upload("note.txt", b"a")
    emulator.fail_next(200, on=SENDING, body=info)
    found = await sent(emulator)
    assert "an upload with an end taken, and has none, deleted" in found.came
    assert found.follows == (
        "uploads stay until deleted: the end that the bridge gives them is ignored"
    )


async def test_a_file_that_is_not_deleted_at_once_is_deleted_in_the_end(emulator: Emulator) -> None:
    emulator.fail_next(500, on=f"DELETE {UPLOADS}", message="No file assistant-0123456789ab.")
    found = await sent(emulator)
    assert "not deleted: HTTP 500" in found.came
    assert "No file <id>." in found.came


async def test_who_is_told_to_come_back_uploads_nothing_again(emulator: Emulator) -> None:
    emulator.fail_next(429, on=SENDING)
    async with way_to(emulator, "helper") as (route, _):
        with pytest.raises(FoundryError, match="an upload"):
            await send_files(route)
    assert emulator.received[-1].path == UPLOADS


async def test_whoever_goes_away_during_the_upload_leaves_no_file(emulator: Emulator) -> None:
    emulator.fault(on=SENDING, delay=0.3)
    async with way_to(emulator, "helper") as (route, _):
        with anyio.move_on_after(0.1) as left:
            await send_files(route)
        assert left.cancelled_caught
        assert await route.leave()
    assert [each.method for each in emulator.received if each.path.startswith(UPLOADS)] == [
        *("POST", "DELETE")
    ]
    assert len(emulator.store.files.uploads) == 0


@INTERRUPTIBLE
async def test_ctrl_c_leaves_no_file(emulator: Emulator) -> None:
    emulator.fault(on=SENDING, delay=1)
    await interrupted(emulator, "helper", SENDING)
    assert any(each.path.startswith(f"{UPLOADS}/") for each in emulator.received)
    assert len(emulator.store.files.uploads) == 0


async def test_without_a_role_for_files_nothing_else_is_refused(emulator: Emulator) -> None:
    emulator.fail_next(403, on="/files", times=2)
    done = await probed(emulator)
    assert differing(done) == {13}
    assert findings(done)[13]["came"].count("HTTP 403") == 2


async def test_a_file_that_stays_is_told(emulator: Emulator) -> None:
    emulator.fail_next(500, on=f"DELETE {UPLOADS}", times=1000)
    done = await probed(emulator)
    assert findings(done)[2]["came"].endswith("or a file could not be deleted")
