"""Arguments of every type and size: the server lives, and says clearly what it does not take."""

from __future__ import annotations

from dataclasses import replace
from inspect import signature
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mcp_foundry.server.tools.registry import TOOLS
from tests.conftest import TEST_LIMITS, Connect, failure, structured
from tests.rigs.calling import GENERATIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp.client import Client

    from mcp_foundry.emulator import Emulator

pytestmark = pytest.mark.anyio

# Near what is right, so that not every call ends at the first check.
NEAR = st.sampled_from(
    [
        *("", " ", "Hi", "null", "true", "1", "[]", '{"k": 1}', '"x"', "\x00", "\u2028", "é" * 9),
        *("helper", "helper:1", "helper:9", "asst_helper", "asst_none", "a/b", "../x", "new"),
        *("resp_x", "conv_x", "thread_x", "thread_x/run_y", "caresp_x", "memories", "call_1"),
        *("x" * 70_000, "😄" * 400_000),
    ]
)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(), NEAR),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=6,
)
PARTS = ("message", "agent", "conversation_id", "id", "approve", "output", "role", "content")
ITEM = st.dictionaries(st.sampled_from(PARTS), st.one_of(NEAR, JSON), max_size=4)
VALUE = st.one_of(NEAR, JSON, st.lists(ITEM, max_size=3))


def calls(tool: Callable[..., object]) -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
    """Calls with arguments by the names that the tool knows, and by one that it does not."""
    names = [*signature(tool).parameters, "unheard_of"]
    arguments = st.dictionaries(st.sampled_from(names), VALUE, max_size=5)
    return st.tuples(st.just(tool.__name__), arguments)


# aiohttp's advice about a body of more than a megabyte; outside of tests nobody is told.
@pytest.mark.filterwarnings("ignore:Sending a large body directly:ResourceWarning")
@settings(
    max_examples=250,
    deadline=None,
    # One server takes all examples: that it still lives after each is the point.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(call=st.one_of([calls(tool.function) for tool in TOOLS]))
async def test_no_arguments_can_break_the_server(
    one_client: Client, call: tuple[str, dict[str, Any]]
) -> None:
    tool, arguments = call
    with anyio.fail_after(20):
        result = await one_client.call_tool(tool, arguments)
    if result.is_error:
        error = failure(result)
        assert error["code"] != "internal"
        assert error["message"].strip()
        assert len(error["message"]) < 5000
        assert "Traceback" not in error["message"]
    else:
        assert structured(result)


@pytest.fixture
async def one_client(connect: Connect) -> Any:  # noqa: ANN401 - a fixture that yields
    limits = replace(TEST_LIMITS, lost=0.5)
    async with connect(max_wait=0.5, limits=limits) as client:
        yield client
        answer = await client.call_tool("ask_agent", {"message": "[say Alive.]"})
        assert structured(answer)["text"] == "Alive."


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(message=st.one_of(st.text(min_size=1), NEAR))
@example(message="[file-gone]")
@GENERATIONS
async def test_a_message_arrives_as_it_was_given(
    emulator: Emulator, one_client: Client, message: str, agent: str
) -> None:
    before = emulator.runs_created
    result = await one_client.call_tool("ask_agent", {"message": message, "agent": agent})
    if result.is_error:
        # Nothing but an empty or too large message is refused, and that before anything is sent.
        assert not message.strip() or len(message.encode()) > 1_048_576
        assert emulator.runs_created == before
        return
    # What comes after the question has no body: a file of the answer is fetched, a run cancelled.
    body: Any = next(each.body for each in reversed(emulator.received) if each.body)
    sent = body["thread"]["messages"][0]["content"] if "thread" in body else body["input"]
    assert sent == message
