"""What the scripted model can be told to do, in the new generation."""

import base64

import pytest
from openai import AsyncOpenAI

from mcp_foundry.emulator import Emulator
from mcp_foundry.emulator.model.scripted import CONSENT_LINK
from tests.rigs.asking_responses import HELPER, stream

pytestmark = pytest.mark.anyio


TOOLS = {
    "[search tea]": ("web_search_call", "response.web_search_call.searching"),
    "[mcp github.search]": ("mcp_call", "response.mcp_call_arguments.done"),
    "[code]": ("code_interpreter_call", "response.code_interpreter_call_code.done"),
    "[reason]": ("reasoning", "response.reasoning_summary_text.done"),
}


@pytest.mark.parametrize(("directive", "kind", "name"), [(k, *v) for k, v in TOOLS.items()])
async def test_a_directive_uses_a_tool_before_the_answer(
    openai: AsyncOpenAI, directive: str, kind: str, name: str
) -> None:
    names, response = await stream(openai, directive)
    assert [item.type for item in response.output] == [kind, "message"]
    assert name in names


async def test_citations_of_all_kinds_point_at_their_markers(openai: AsyncOpenAI) -> None:
    names, response = await stream(openai, "[cite]")
    message = response.output[0]
    assert message.type == "message"
    part = message.content[0]
    assert part.type == "output_text"
    notes = {note.type: note for note in part.annotations}
    assert set(notes) == {
        "url_citation",
        "file_citation",
        "container_file_citation",
        "file_path",
    }
    url, plot = notes["url_citation"], notes["container_file_citation"]
    assert url.type == "url_citation"
    assert part.text[url.start_index : url.end_index] == "【4:0†source】"
    assert plot.type == "container_file_citation"
    assert part.text[plot.start_index : plot.end_index] == "【4:2†plot.png】"
    assert "response.output_text.annotation.added" in names


async def test_a_refusal_is_a_part_of_its_own(openai: AsyncOpenAI) -> None:
    names, response = await stream(openai, "[refuse]")
    assert response.output_text == ""
    assert response.output[0].type == "message"
    assert response.output[0].content[0].type == "refusal"
    assert "response.refusal.delta" in names


async def test_several_messages_come_in_one_response(openai: AsyncOpenAI) -> None:
    _, response = await stream(openai, "[messages 3]")
    assert response.output_text == "Message 1 of 3.Message 2 of 3.Message 3 of 3."


async def test_a_failure_carries_its_code_and_message(openai: AsyncOpenAI) -> None:
    names, response = await stream(openai, "[fail rate_limit_exceeded Too many tokens]")
    assert names[-1] == "response.failed"
    assert response.error
    assert (response.error.code, response.error.message) == (
        "rate_limit_exceeded",
        "Too many tokens",
    )


async def test_an_incomplete_answer_keeps_its_text_and_reason(openai: AsyncOpenAI) -> None:
    names, response = await stream(openai, "[incomplete content_filter]")
    assert names[-1] == "response.incomplete"
    assert response.incomplete_details
    assert response.incomplete_details.reason == "content_filter"
    assert response.output_text.startswith("I am the scripted model")


async def test_exactly_the_text_that_was_asked_for(openai: AsyncOpenAI) -> None:
    _, response = await stream(openai, "please [say a [b] {c 😄\n]now")
    assert response.output_text == "a [b] {c 😄"


async def test_words_in_brackets_that_are_no_directives_are_text(openai: AsyncOpenAI) -> None:
    response = await openai.responses.create(input="[hello] [say never closed", extra_body=HELPER)
    assert "“[hello] [say never closed”" in response.output_text


async def test_a_script_decides_whatever_is_asked(emulator: Emulator, openai: AsyncOpenAI) -> None:
    emulator.script("Scripted words", "[refuse]")
    first = await openai.responses.create(input="[say no]", extra_body=HELPER)
    second = await openai.responses.create(input="[say no]", extra_body=HELPER)
    third = await openai.responses.create(input="[say no]", extra_body=HELPER)
    assert [first.output_text, second.output_text, third.output_text] == [
        "Scripted words",
        "",
        "no",
    ]


@pytest.mark.parametrize(
    ("approve", "words"),
    [(True, "You approved github.merge"), (False, "You denied github.merge")],
)
async def test_an_approval_is_asked_for_and_answered(
    openai: AsyncOpenAI, approve: bool, words: str
) -> None:
    first = await openai.responses.create(
        input='[approve github.merge {"pr": [7]}]', extra_body=HELPER
    )
    request = first.output[0]
    assert request.type == "mcp_approval_request"
    assert (request.server_label, request.name, request.arguments) == (
        "github",
        "merge",
        '{"pr": [7]}',
    )
    second = await openai.responses.create(
        input=[
            {
                "type": "mcp_approval_response",
                "approval_request_id": request.id,
                "approve": approve,
            }
        ],
        previous_response_id=first.id,
        extra_body=HELPER,
    )
    assert words in second.output_text
    assert ("mcp_call" in [item.type for item in second.output]) is approve


async def test_a_function_is_called_and_its_output_used(openai: AsyncOpenAI) -> None:
    first = await openai.responses.create(
        input='[call get_weather {"city": "Oslo"}]', extra_body=HELPER
    )
    call = first.output[0]
    assert call.type == "function_call"
    assert (call.name, call.arguments, first.status) == (
        "get_weather",
        '{"city": "Oslo"}',
        "completed",
    )
    second = await openai.responses.create(
        input=[{"type": "function_call_output", "call_id": call.call_id, "output": "rain"}],
        previous_response_id=first.id,
        extra_body=HELPER,
    )
    assert "get_weather answered “rain”" in second.output_text


async def test_consent_is_asked_for_with_a_link(openai: AsyncOpenAI) -> None:
    response = await openai.responses.create(input="[oauth github]", extra_body=HELPER)
    item = response.output[0].to_dict()
    assert item["type"] == "oauth_consent_request"
    assert item["consent_link"] == CONSENT_LINK


async def test_a_custom_tool_is_called_with_text(openai: AsyncOpenAI) -> None:
    names, response = await stream(openai, "[custom run_sql SELECT [1]]")
    (call,) = response.output
    assert call.type == "custom_tool_call"
    assert (call.name, call.input, (call.id or "")[:4]) == ("run_sql", "SELECT [1]", "ctc_")
    assert call.call_id.startswith("call_")
    assert "response.custom_tool_call_input.done" in names


async def test_a_custom_tool_can_be_called_without_a_word(openai: AsyncOpenAI) -> None:
    names, response = await stream(openai, "[custom ping]")
    (call,) = response.output
    assert call.type == "custom_tool_call"
    assert (call.name, call.input) == ("ping", "")
    assert "response.custom_tool_call_input.done" not in names


async def test_a_shell_is_given_a_command(openai: AsyncOpenAI) -> None:
    _, response = await stream(openai, "[shell ls -l]")
    (call,) = response.output
    assert call.type == "local_shell_call"
    assert (call.action.type, call.action.command) == ("exec", ["ls", "-l"])
    assert call.call_id.startswith("call_")


async def test_a_computer_is_asked_for_a_screenshot(openai: AsyncOpenAI) -> None:
    _, response = await stream(openai, "[computer]")
    (call,) = response.output
    assert call.type == "computer_call"
    assert call.action
    assert (call.action.type, call.pending_safety_checks) == ("screenshot", [])
    assert call.call_id.startswith("call_")


async def test_a_picture_is_drawn_without_a_word(openai: AsyncOpenAI) -> None:
    names, response = await stream(openai, "[draw a lighthouse]")
    item, message = response.output
    assert item.type == "image_generation_call"
    assert item.status == "completed"
    assert base64.b64decode(item.result or "").startswith(b"\x89PNG\r\n")
    assert "response.image_generation_call.completed" in names
    assert message.type == "message"
    assert [(part.type, getattr(part, "text", "")) for part in message.content] == [
        ("output_text", "")
    ]
