"""Agents that draw: the deployment that a header has to name, found out once and remembered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import failure
from tests.rigs.calling import ask

if TYPE_CHECKING:
    from mcp_foundry.emulator import Emulator
    from tests.conftest import Connect

pytestmark = pytest.mark.anyio
HEADER = "x-ms-oai-image-generation-deployment"
DRAW = "[draw a lighthouse]"


def painter(emulator: Emulator, **tool: str) -> None:
    """Let there be a new version of an agent with the image tool."""
    tools = [{"type": "image_generation", **tool}]
    definition: dict[str, Any] = {"kind": "prompt", "model": "gpt-4o", "tools": tools}
    emulator.store.add_agent("painter", definition=definition)


def named(emulator: Emulator) -> list[str | None]:
    """What each question said in the header."""
    asked = [each for each in emulator.received if each.method == "POST"]
    return [each.headers.get(HEADER) for each in asked]


async def test_the_refusal_that_names_the_header_is_met_once_and_then_remembered(
    emulator: Emulator, connect: Connect
) -> None:
    painter(emulator, model="img-1")
    async with connect() as client:
        answer = await ask(client, DRAW, "painter")
        (file,) = answer["files"]
        assert (file["mime_type"], answer["status"]) == ("image/png", "completed")
        assert named(emulator) == [None, "img-1"]
        assert len(emulator.received) == 3, "the version was read between"
        await ask(client, DRAW, "painter")
    assert named(emulator) == [None, "img-1", "img-1"]
    assert emulator.runs_taken == 2


async def test_a_tool_that_names_no_model_uses_the_default_one(
    emulator: Emulator, connect: Connect
) -> None:
    painter(emulator)
    async with connect() as client:
        await ask(client, DRAW, "painter")
    assert named(emulator) == [None, "gpt-image-1"]


async def test_a_deployment_that_is_set_is_named_at_once(
    emulator: Emulator, connect: Connect
) -> None:
    painter(emulator, model="img-1")
    async with connect(image_model="img-1") as client:
        await ask(client, DRAW, "painter")
    assert named(emulator) == ["img-1"]


async def test_a_version_that_draws_with_another_model_is_read_anew(
    emulator: Emulator, connect: Connect
) -> None:
    painter(emulator, model="img-1")
    async with connect() as client:
        await ask(client, DRAW, "painter")
        painter(emulator, model="img-2")
        refusal = f"imagegen deployment must be provided through header '{HEADER}'"
        emulator.fail_next(400, code="invalid_payload", message=refusal)
        await ask(client, DRAW, "painter")
    assert named(emulator) == [None, "img-1", "img-1", "img-2"]


@pytest.mark.parametrize("agent", ["painter", "helper"])
async def test_a_second_refusal_or_an_agent_without_the_tool_names_the_setting(
    emulator: Emulator, connect: Connect, agent: str
) -> None:
    painter(emulator, model="img-1")
    refusal = f"imagegen deployment must be provided through header '{HEADER}'"
    emulator.fail_next(400, code="invalid_payload", message=refusal, times=2)
    async with connect() as client:
        result = await client.call_tool("ask_agent", {"message": DRAW, "agent": agent})
    assert "FOUNDRY_IMAGE_MODEL_NAME" in failure(result)["message"]
    assert len(named(emulator)) == (2 if agent == "painter" else 1)
    assert emulator.runs_taken == 0


@pytest.mark.parametrize("background", ["auto", "off"])
async def test_a_service_that_does_not_stream_with_this_tool_is_asked_plainly(
    emulator: Emulator, connect: Connect, background: str
) -> None:
    refusal = "The image generation tool does not currently support streaming mode."
    emulator.fail_next(400, code="invalid_payload", message=refusal)
    async with connect(background=background) as client:
        answer = await ask(client, f"{DRAW} [say Done]", "helper")
        again = await ask(client, "Hi", "helper")
    assert (answer["status"], answer["text"]) == ("completed", "Done")
    assert answer["files"][0]["mime_type"] == "image/png"
    assert "“Hi”" in again["text"]
    bodies: list[Any] = [each.body for each in emulator.received if each.method == "POST"]
    assert ["stream" in body for body in bodies] == [True, False, False]
    assert emulator.runs_taken == 2


async def test_a_picture_of_an_agent_that_may_not_be_asked_is_not_shown(
    emulator: Emulator, connect: Connect
) -> None:
    async with connect() as client:
        (file,) = (await ask(client, DRAW, "helper"))["files"]
    async with connect(agents=frozenset({"researcher"}), agent="researcher") as client:
        result = await client.call_tool("get_file", {"uri": file["uri"]})
    assert failure(result)["code"] == "not_allowed"
    assert emulator.runs_created == 1


async def test_a_picture_is_read_again_from_its_response_by_any_process(
    emulator: Emulator, connect: Connect
) -> None:
    async with connect() as client:
        (file,) = (await ask(client, DRAW, "helper"))["files"]
    async with connect() as client:
        result = await client.call_tool("get_file", {"uri": file["uri"]})
        assert [block.type for block in result.content] == ["text", "image"]
        emulator.store.responses.clear()
    async with connect() as client:
        result = await client.call_tool("get_file", {"uri": file["uri"]})
    assert failure(result)["code"] == "file_gone"
