"""Calls that the caller carries out, and what it answers them with."""

from typing import Any

import pytest
from openai import APIStatusError, AsyncOpenAI

from mcp_foundry.emulator import Emulator
from tests.rigs.asking_responses import HELPER

pytestmark = pytest.mark.anyio

# By the directive: the item's kind, the kind in words, what answers it, and how it is acknowledged.
CALLS: dict[str, tuple[str, str, object, str]] = {
    "[custom sql SELECT 1]": ("custom_tool_call", "custom tool call", "one", "sql answered “one”"),
    "[shell ls -l]": ("local_shell_call", "local shell call", "a b", "local shell answered “a b”"),
    "[computer]": (
        "computer_call",
        "computer call",
        {"type": "computer_screenshot", "image_url": "data:,"},
        "computer answered “{'type'",
    ),
}


def _output(call: Any, output: object) -> Any:  # noqa: ANN401 - what the SDK takes
    return [{"type": f"{call.type}_output", "call_id": call.call_id, "output": output}]


@pytest.mark.parametrize("directive", CALLS)
async def test_a_call_is_answered_by_an_output_of_its_own_kind(
    openai: AsyncOpenAI, directive: str
) -> None:
    kind, words, output, acknowledged = CALLS[directive]
    ask = openai.responses.create
    first = await ask(input=f"[say Wait.] {directive}", extra_body=HELPER)
    call: Any = first.output[-1]
    assert (first.status, call.type, call.status) == ("completed", kind, "completed")
    with pytest.raises(APIStatusError, match=f"No tool output found for {words} {call.call_id}"):
        await ask(input="Hi", previous_response_id=first.id, extra_body=HELPER)
    wrong: Any = [{"type": "function_call_output", "call_id": call.call_id, "output": ""}]
    with pytest.raises(APIStatusError, match="No tool call found for function call output"):
        await ask(input=wrong, previous_response_id=first.id, extra_body=HELPER)
    given = _output(call, output)
    second = await ask(input=given, previous_response_id=first.id, extra_body=HELPER)
    assert acknowledged in second.output_text
    with pytest.raises(APIStatusError, match=f"No tool call found for {words} output with call_id"):
        await ask(input=given, previous_response_id=second.id, extra_body=HELPER)


async def test_the_output_of_a_shell_may_name_its_call_by_id(openai: AsyncOpenAI) -> None:
    first = await openai.responses.create(input="[shell ls]", extra_body=HELPER)
    call: Any = first.output[-1]
    given: Any = [{"type": "local_shell_call_output", "id": call.call_id, "output": "a b"}]
    second = await openai.responses.create(
        input=given, previous_response_id=first.id, extra_body=HELPER
    )
    assert "local shell answered “a b”" in second.output_text


async def test_the_service_may_forget_the_calls_of_a_background_response(
    emulator: Emulator, openai: AsyncOpenAI
) -> None:
    async def answer(*, background: bool) -> str:
        first = await openai.responses.create(
            input="[call f]", background=background, extra_body=HELPER
        )
        await emulator.wait_for(lambda it: not it.live)
        first = await openai.responses.retrieve(first.id)
        second = await openai.responses.create(
            input=_output(first.output[0], "42"), previous_response_id=first.id, extra_body=HELPER
        )
        return second.output_text

    assert "f answered “42”" in await answer(background=True)
    emulator.behave(forgets_calls_of_background=True)
    assert "f answered “42”" in await answer(background=False)
    with pytest.raises(APIStatusError, match="No tool call found for function call output") as no:
        await answer(background=True)
    assert (no.value.status_code, no.value.param, no.value.code) == (400, "input", None)
