"""The text of an answer as progress, while it grows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import pytest

from mcp_foundry.emulator import Emulator
from tests.conftest import structured
from tests.rigs.calling import GENERATIONS, LONGEST, Told, ask, failed
from tests.rigs.held_model import HOLD, held_project

if TYPE_CHECKING:
    from mcp.client import Client

    from tests.conftest import Connect

pytestmark = pytest.mark.anyio


async def streamed(client: Client, message: str, agent: str, told: Told) -> dict[str, object]:
    asked = {"message": message, "agent": agent}
    return structured(await client.call_tool("stream_agent", asked, progress_callback=told))


@GENERATIONS
async def test_the_pieces_joined_are_the_whole_text(client: Client, agent: str) -> None:
    told = Told()
    answer = await streamed(client, "[long 500] [messages 2] [cite]", agent, told)
    assert answer["status"] == "completed"
    assert "".join(told.texts) == answer["text"]
    assert told.grew()


@GENERATIONS
async def test_the_result_is_the_same_as_that_of_ask_agent(connect: Connect, agent: str) -> None:
    async with connect() as client:
        streaming = await streamed(client, "[say Hello.] [cite]", agent, Told())
        asked = await ask(client, "[say Hello.] [cite]", agent)
    ids = {"conversation_id", "answer_id"}
    assert {k: v for k, v in streaming.items() if k not in ids} == {
        k: v for k, v in asked.items() if k not in ids
    }


@GENERATIONS
async def test_text_arrives_while_the_agent_still_writes(
    emulator: Emulator, connect: Connect, agent: str
) -> None:
    emulator.fault(silence=2 * LONGEST, silence_comments=0.05)
    told = Told()
    async with connect() as client, anyio.create_task_group() as calls:
        asked = {"message": "[long 50]", "agent": agent}
        calls.start_soon(lambda: client.call_tool("stream_agent", asked, progress_callback=told))
        await told.until(lambda it: it.texts)
        calls.cancel_scope.cancel()
    await emulator.wait_for(lambda it: not it.live)


@GENERATIONS
async def test_a_fast_stream_is_told_in_few_messages(connect: Connect, agent: str) -> None:
    told = Told()
    async with connect() as client:
        answer = await streamed(client, "[long 5000]", agent, told)
    assert "".join(told.texts) == answer["text"]
    # One for every token would be five thousand; a busy machine may take seconds, at ten a second.
    assert len(told.messages) < 500


async def test_no_more_than_ten_messages_come_in_a_second(connect: Connect) -> None:
    """Counted against the clock of the call itself, so that a busy machine changes nothing."""
    told = Told()
    async with Emulator(tokens_per_second=100) as paced, connect(endpoint=paced.endpoint) as client:
        begun = anyio.current_time()
        await streamed(client, "[long 120]", "helper", told)
        seconds = anyio.current_time() - begun
    assert len(told.messages) <= 10 * seconds + 1


@GENERATIONS
async def test_what_the_agent_does_is_told_on_lines_apart(client: Client, agent: str) -> None:
    told = Told()
    message = "[search weather in Oslo] [mcp github.search] [code] [say Done.]"
    await streamed(client, message, agent, told)
    # A busy machine may take long enough for a sign of life, too.
    lines = [line for line in told.lines if line not in told.signs_of_life]
    done = " ".join(line.removeprefix("⋯ ") for line in lines)
    assert done == "Searching the web… Calling github.search… Running code…"
    assert "".join(told.texts) == "Done."


async def test_a_thought_is_told_as_such(connect: Connect) -> None:
    told = Told()
    async with connect() as client:
        await streamed(client, "[reason] [say Done.]", "helper", told)
    # A busy machine may take long enough for a sign of life, too.
    said = [message for message in told.messages if message not in told.signs_of_life]
    assert said == ["⋯ Thinking…", "Done."]


async def test_a_tail_is_told_instead_of_pieces_where_the_settings_say_so(
    connect: Connect,
) -> None:
    told = Told()
    async with connect(progress="tail") as client:
        answer = await streamed(client, "[long 5000]", "helper", told)
    assert all(len(text) <= 160 for text in told.texts)
    assert str(answer["text"]).endswith(told.texts[-1])
    assert len(told.texts[-1]) == 160


@GENERATIONS
@pytest.mark.parametrize("tool", ["ask_agent", "stream_agent"])
async def test_a_silent_agent_is_reported_at_work(connect: Connect, agent: str, tool: str) -> None:
    told, answers = Told(), list[dict[str, object]]()

    async def call(client: Client) -> None:
        asked = {"message": HOLD, "agent": agent}
        result = await client.call_tool(tool, asked, progress_callback=told)
        answers.append(structured(result))

    async with (
        held_project() as (emulator, model),
        connect(endpoint=emulator.endpoint) as client,
        anyio.create_task_group() as calls,
    ):
        calls.start_soon(call, client)
        await told.until(lambda it: len(it.lines) >= 2)
        model.release()
    assert answers[0]["text"] == HOLD
    assert told.lines == told.signs_of_life
    assert told.grew()


@GENERATIONS
async def test_a_client_that_asked_for_no_progress_gets_just_the_result(
    client: Client, agent: str
) -> None:
    asked = {"message": "[long 100]", "agent": agent}
    answer = structured(await client.call_tool("stream_agent", asked))
    assert answer["usage"]["output_tokens"] == 100


@GENERATIONS
async def test_a_stream_that_fails_is_an_error(connect: Connect, agent: str) -> None:
    async with connect() as client:
        error = await failed(client, "stream_agent", message="[say A] [fail]", agent=agent)
    assert error["code"] == "run_failed"
