"""Embeddings and models, through the OpenAI client."""

import math
from typing import Any

import pytest
from openai import AsyncOpenAI, BadRequestError, NotFoundError

pytestmark = pytest.mark.anyio

MODEL = "scripted-embedding"


async def vectors(openai: AsyncOpenAI, given: Any, **more: Any) -> list[list[float]]:  # noqa: ANN401 - what may be embedded
    made = await openai.embeddings.create(model=MODEL, input=given, **more)
    return [each.embedding for each in made.data]


async def test_a_text_has_one_vector_of_length_one(openai: AsyncOpenAI) -> None:
    one, other, again = await vectors(openai, ["tea", "coffee", "tea"])
    assert len(one) == 1536
    assert one == again != other
    assert math.isclose(sum(each * each for each in one), 1, rel_tol=1e-5)
    assert await vectors(openai, "tea") == [one]
    # The client asks for base64 by itself; numbers are the same.
    (plain,) = await vectors(openai, "tea", encoding_format="float")
    assert plain == one


async def test_the_dimensions_are_those_asked_for(openai: AsyncOpenAI) -> None:
    for size in (1, 256, 3072):
        (vector,) = await vectors(openai, "tea", dimensions=size)
        assert len(vector) == size
    with pytest.raises(BadRequestError, match="dimensions"):
        await vectors(openai, "tea", dimensions=3073)


async def test_tokens_may_stand_for_texts_and_are_counted(openai: AsyncOpenAI) -> None:
    assert len(await vectors(openai, [1, 2, 3])) == 1
    assert len(await vectors(openai, [[1, 2], [3]])) == 2
    made = await openai.embeddings.create(model=MODEL, input=["a" * 40, "b"])
    assert (made.usage.prompt_tokens, made.usage.total_tokens) == (11, 11)


@pytest.mark.parametrize("given", ["", [], ["a", ""], ["a"] * 2049, [[]]])
async def test_nothing_and_too_much_are_refused(openai: AsyncOpenAI, given: object) -> None:
    with pytest.raises(BadRequestError, match="Invalid 'input'"):
        await vectors(openai, given)


async def test_a_model_that_embeds_nothing_is_refused(openai: AsyncOpenAI) -> None:
    with pytest.raises(BadRequestError, match="embeddings operation does not work"):
        await openai.embeddings.create(model="gpt-4o", input="tea")
    with pytest.raises(NotFoundError, match="does not exist"):
        await openai.embeddings.create(model="none", input="tea")


async def test_models_are_what_is_deployed(openai: AsyncOpenAI) -> None:
    listed = [each.id async for each in openai.models.list()]
    assert listed == ["scripted-model", "gpt-4o", "model-router", "scripted-embedding"]
    assert (await openai.models.retrieve("gpt-4o")).owned_by == "OpenAI"
    with pytest.raises(NotFoundError, match="does not exist"):
        await openai.models.retrieve("gpt-none")
