"""The answer that a classic run and its messages hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mcp_foundry.agents.classic.answers import answer_of
from mcp_foundry.contract.errors import FoundryError
from tests.rigs.calling import ask

if TYPE_CHECKING:
    from mcp.client import Client

pytestmark = pytest.mark.anyio


def text(value: str) -> dict[str, Any]:
    return {"type": "text", "text": {"value": value, "annotations": []}}


def said(*content: dict[str, Any], role: str = "assistant") -> dict[str, Any]:
    return {"id": "msg_1", "role": role, "content": list(content)}


RUN: dict[str, Any] = {
    "id": "run_1",
    "thread_id": "thread_1",
    "assistant_id": "asst_1",
    "status": "completed",
}


def test_only_what_the_agent_said_is_its_answer() -> None:
    answer = answer_of(RUN, [said(text("Mine"), role="user"), said(text("Yours"))])
    assert answer.text == "Yours"


def test_an_image_in_an_answer_is_a_file() -> None:
    image = {"type": "image_file", "image_file": {"file_id": "file-1"}}
    answer = answer_of(RUN, [said(text("See "), image, {"type": "of_tomorrow"}, text("below"))])
    assert answer.text == "See below\n\n[Not shown: of_tomorrow.]"
    (file,) = answer.files
    assert (file.name, file.uri) == ("file-1.png", "foundry://files/file-1/file-1.png")
    assert answer.citations == []


def test_a_run_without_usage_or_messages_says_that_it_wrote_nothing() -> None:
    answer = answer_of(RUN, [])
    assert (answer.status, answer.usage) == ("completed", None)
    assert answer.text == "[The agent completed, and wrote nothing.]"


def test_a_content_filter_is_told_as_such() -> None:
    error = {"code": "content_filter", "message": "Violence"}
    with pytest.raises(FoundryError) as failure:
        answer_of({**RUN, "status": "failed", "last_error": error}, [])
    assert failure.value.code == "content_filtered"
    assert "Violence" in str(failure.value)


@pytest.mark.anyio
async def test_the_three_kinds_of_the_classic_generation_come_with_their_places(
    client: Client,
) -> None:
    answer = await ask(client, "[say 😄 See] [cite]", "asst_helper")
    text = answer["text"]
    web, file, path = answer["citations"]
    assert (web["title"], web["url"]) == ("Foundry", "https://example.com/foundry")
    assert file["file_id"] == "assistant-handbook"
    assert path["file_id"] == "assistant-table"
    places = [text[each["start"] : each["end"]] for each in (web, file, path)]
    assert places == ["[1]", "[2]", "foundry://files/assistant-table/table.csv"]
    (table,) = answer["files"]
    assert (table["name"], table["mime_type"]) == ("table.csv", "text/csv")
