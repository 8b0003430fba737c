"""Prompts that a person picks from a menu, and the completion of what is typed into them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import anyio
import pytest
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS, PromptReference, ResourceTemplateReference, TextContent

if TYPE_CHECKING:
    from mcp.client import Client

    from mcp_foundry.emulator import Emulator
    from tests.conftest import Connect

pytestmark = pytest.mark.anyio

AGENTS = ["weather", "researcher", "helper", "asst_researcher", "asst_helper"]


async def prompted(client: Client, prompt: str, /, **arguments: str) -> str:
    """The text of a prompt's one message."""
    (message,) = (await client.get_prompt(prompt, arguments)).messages
    assert message.role == "user"
    assert isinstance(message.content, TextContent)
    return message.content.text


async def completed(
    client: Client, prompt: str, argument: str, typed: str, **given: str
) -> list[str]:
    """What completes an argument of a prompt."""
    reference = PromptReference(type="ref/prompt", name=prompt)
    with anyio.fail_after(20):
        asked = {"name": argument, "value": typed}
        return (await client.complete(reference, asked, given or None)).completion.values


async def test_a_menu_shows_what_each_prompt_does_and_takes(client: Client) -> None:
    prompts = (await client.list_prompts()).prompts

    shown = {prompt.name: prompt for prompt in prompts}
    assert list(shown) == ["ask", "compare", "remember", "create"]
    assert all(prompt.title and prompt.description for prompt in prompts)
    required = {a.name for a in shown["ask"].arguments or [] if a.required}
    assert required == {"message"}
    assert all(a.description for prompt in prompts for a in prompt.arguments or [])


async def test_a_read_only_server_offers_no_prompt_that_writes(connect: Connect) -> None:
    async with connect(read_only=True) as client:
        prompts = (await client.list_prompts()).prompts
        assert [prompt.name for prompt in prompts] == ["ask", "compare"]
        with pytest.raises(MCPError, match="The prompts are: ask, compare"):
            await client.get_prompt("create", {"purpose": "Greet.", "name": "greeter"})


async def test_asking_names_the_tool_the_agent_and_its_version(client: Client) -> None:
    text = await prompted(client, "ask", message="Why?", agent="helper", version="1")
    assert "stream_agent" in text
    assert "agent='helper:1'" in text
    assert text.endswith("\n\nWhy?")


async def test_asking_without_an_agent_leaves_it_to_the_default(client: Client) -> None:
    text = await prompted(client, "ask", message="Why?")
    assert "the default Foundry agent" in text
    assert "agent=" not in text


async def test_comparing_is_one_batch_with_every_agent(client: Client) -> None:
    text = await prompted(client, "compare", question="Why?", agents="helper, asst_helper,")
    assert "`helper`, `asst_helper`." in text
    assert "Call batch_ask once" in text


async def test_remembering_names_the_scope(client: Client) -> None:
    text = await prompted(client, "remember", fact="I like tea.", scope="anna")
    assert "update_memory with the scope 'anna'" in text
    assert "ask me if unsure" in await prompted(client, "remember", fact="I like tea.")


async def test_creating_shows_the_instructions_before_it_creates(client: Client) -> None:
    text = await prompted(client, "create", purpose="Greet.", name="greeter", model="gpt-4o")
    assert text.index("show them to me") < text.index("create_agent_version")
    assert "model='gpt-4o'" in text
    assert "the default model" in await prompted(client, "create", purpose="G.", name="greeter")


@pytest.mark.parametrize(
    ("name", "arguments", "told"),
    [
        ("greet", {}, "no prompt 'greet'. The prompts are: ask, compare, remember, create."),
        ("ask", {}, "'ask': message is missing. Its arguments are: message, agent, version."),
        ("ask", {"message": "Why?", "who": "x"}, "'ask': who is unknown."),
    ],
)
async def test_a_wrong_prompt_or_argument_is_told_with_what_there_is(
    client: Client,
    caplog: pytest.LogCaptureFixture,
    name: str,
    arguments: dict[str, str],
    told: str,
) -> None:
    with pytest.raises(MCPError, match=re.escape(told)) as refused:
        await client.get_prompt(name, arguments)

    assert refused.value.error.code == INVALID_PARAMS
    assert not [record for record in caplog.records if record.exc_info]


@pytest.mark.parametrize(
    ("typed", "values"),
    [
        ("", AGENTS),
        ("help", ["helper", "asst_helper"]),
        ("HELP", ["helper", "asst_helper"]),
        ("researcher:", ["researcher:2", "researcher:1"]),
        ("asst_helper:", []),
        ("nothing", []),
    ],
)
async def test_agents_and_their_versions_are_completed(
    client: Client, typed: str, values: list[str]
) -> None:
    assert await completed(client, "ask", "agent", typed) == values


async def test_the_last_of_several_agents_is_completed(client: Client) -> None:
    values = await completed(client, "compare", "agents", "helper,asst_h")
    assert values == ["helper, asst_helper"]


async def test_versions_are_those_of_the_agent_that_was_chosen(client: Client) -> None:
    assert await completed(client, "ask", "version", "", agent="researcher:1") == ["2", "1"]
    assert await completed(client, "ask", "version", "") == []


async def test_deployments_are_completed(client: Client) -> None:
    assert await completed(client, "create", "model", "gpt") == ["gpt-4o"]


async def test_what_nothing_is_known_of_is_not_completed(client: Client) -> None:
    assert await completed(client, "ask", "message", "W") == []


async def test_the_agent_of_a_resource_is_completed(client: Client) -> None:
    reference = ResourceTemplateReference(type="ref/resource", uri="foundry://agents/{name}")
    found = await client.complete(reference, {"name": "name", "value": "weath"})
    assert found.completion.values == ["weather"]


async def test_agents_outside_the_allow_list_are_not_completed(connect: Connect) -> None:
    async with connect(agents=frozenset({"helper"})) as client:
        assert await completed(client, "ask", "agent", "") == ["helper"]
        with pytest.raises(MCPError, match="not_allowed"):
            await completed(client, "ask", "version", "", agent="weather")


async def test_a_hundred_completions_are_the_most_and_more_is_said(
    client: Client, emulator: Emulator
) -> None:
    for number in range(100):
        arguments = {"agent_name": f"many-{number}", "instructions": "Be one of many."}
        await client.call_tool("create_agent_version", arguments)
    reference = PromptReference(type="ref/prompt", name="ask")
    found = (await client.complete(reference, {"name": "agent", "value": ""})).completion
    assert (len(found.values), found.total, found.has_more) == (100, 105, True)
    assert emulator.runs_created == 0


async def test_a_project_that_cannot_be_asked_is_told_and_not_shown_as_empty(
    connect: Connect,
) -> None:
    async with connect(endpoint="http://127.0.0.1:9/api/projects/none") as client:
        with pytest.raises(MCPError, match="connection_failed"):
            await completed(client, "create", "model", "")
