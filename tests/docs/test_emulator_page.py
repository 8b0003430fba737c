"""What docs/emulator.md tells to write is what works."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import anyio
import pytest

from mcp_foundry.emulator import Emulator
from tests.docs.pages import EMULATOR
from tests.rigs.command_line import PATIENCE, environment

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio
TEST = """
pytestmark = pytest.mark.anyio

async def test_it_answers(emulator):
    async with AsyncOpenAI(base_url=f"{emulator.endpoint}/openai/v1", api_key="any") as client:
        asked = await client.responses.create(model="scripted-model", input="[say Hello]")
    assert asked.output_text == "Hello"
    await emulator.wait_for(lambda it: it.runs_taken == 1)
"""
IMPORTS = """
import pytest
from openai import AsyncOpenAI
from mcp_foundry.emulator import Emulator
"""


def block(language: str) -> str:
    found = re.search(f"```{language}\n(.*?)```", EMULATOR.read_text("utf-8"), re.DOTALL)
    assert found
    return found[1]


async def test_the_fixture_serves_a_test(tmp_path: Path) -> None:
    fixture = block("python")
    assert len(fixture.splitlines()) <= 5
    (tmp_path / "test_mine.py").write_text(IMPORTS + fixture + TEST, encoding="utf-8")
    with anyio.fail_after(PATIENCE):
        done = await anyio.run_process(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "asyncio"],
            cwd=tmp_path,
            check=False,
            env=environment(),
        )
    assert done.returncode == 0, done.stdout.decode()


def test_the_seed_that_is_shown_is_one(tmp_path: Path) -> None:
    file = tmp_path / "seed.yaml"
    file.write_text(block("yaml"), encoding="utf-8")
    emulator = Emulator(seed=file)
    assert list(emulator.store.agents) == ["triage"]
    assert emulator.places["model"] == "gpt-5"
    assert emulator.places["memory_store"] == "notes"
