"""Conversations that remember, through the OpenAI client."""

import pytest
from openai import AsyncOpenAI, ConflictError, NotFoundError

from mcp_foundry.emulator import Emulator
from tests.rigs.asking_responses import HELPER

pytestmark = pytest.mark.anyio


async def test_a_follow_up_remembers_by_response_id(openai: AsyncOpenAI) -> None:
    first = await openai.responses.create(input="The sky is green", extra_body=HELPER)
    second = await openai.responses.create(
        input="Is it?", previous_response_id=first.id, extra_body=HELPER
    )
    assert "turn 2 of this conversation; it began with “The sky is green”" in second.output_text


async def test_a_follow_up_remembers_by_conversation(openai: AsyncOpenAI) -> None:
    conversation = await openai.conversations.create()
    await openai.responses.create(input="One", conversation=conversation.id, extra_body=HELPER)
    second = await openai.responses.create(
        input="Two", conversation={"id": conversation.id}, extra_body=HELPER
    )
    assert "turn 2 of this conversation; it began with “One”" in second.output_text
    items = [item async for item in openai.conversations.items.list(conversation.id)]
    assert [getattr(item, "role", "") for item in items] == ["assistant", "user"] * 2


async def test_conversations_are_kept_changed_and_deleted(openai: AsyncOpenAI) -> None:
    conversation = await openai.conversations.create(metadata={"a": "1"})
    await openai.conversations.update(conversation.id, metadata={"a": "2"})
    assert (await openai.conversations.retrieve(conversation.id)).metadata == {"a": "2"}
    added = await openai.conversations.items.create(
        conversation.id,
        items=[
            {"type": "message", "role": "user", "content": text} for text in ("one", "two", "three")
        ],
    )
    one, two, three = (item.id or "" for item in added.data)
    listing = openai.conversations.items.list
    oldest = await listing(conversation.id, order="asc", limit=2)
    assert ([item.id for item in oldest.data], oldest.has_more) == ([one, two], True)
    assert [item.id async for item in listing(conversation.id, limit=1)] == [three, two, one]
    await openai.conversations.items.delete(two, conversation_id=conversation.id)
    assert [item.id async for item in listing(conversation.id)] == [three, one]
    with pytest.raises(NotFoundError, match="Item"):
        await openai.conversations.items.retrieve(two, conversation_id=conversation.id)
    await openai.conversations.delete(conversation.id)
    with pytest.raises(NotFoundError, match="Conversation"):
        await openai.conversations.retrieve(conversation.id)


async def test_pages_go_backwards_too(openai: AsyncOpenAI) -> None:
    conversation = await openai.conversations.create()
    listing = openai.conversations.items.list
    assert (await listing(conversation.id)).data == []
    texts = ("one", "two", "three")
    added = await openai.conversations.items.create(
        conversation.id,
        items=[{"type": "message", "role": "user", "content": text} for text in texts],
    )
    one, two, three = (item.id or "" for item in added.data)
    before = {"before": one}
    newer = await listing(conversation.id, extra_query=before)
    assert [item.id for item in newer.data] == [three, two]


async def test_a_response_can_be_followed_twice_unless_forks_are_forbidden(
    emulator: Emulator, openai: AsyncOpenAI
) -> None:
    ask = openai.responses.create
    first = await ask(input="One", extra_body=HELPER)
    second = await ask(input="Two", previous_response_id=first.id, extra_body=HELPER)
    await ask(input="Fork", previous_response_id=first.id, extra_body=HELPER)
    emulator.behave(forbids_forks=True)
    with pytest.raises(ConflictError) as refused:
        await ask(input="Fork", previous_response_id=first.id, extra_body=HELPER)
    assert refused.value.code == "conversation_fork_not_supported"
    assert refused.value.param == "previous_response_id"
    assert "This agent does not support conversation forking." in str(refused.value)
    third = await ask(input="Three", previous_response_id=second.id, extra_body=HELPER)
    assert "turn 3" in third.output_text
