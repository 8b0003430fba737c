"""The samples of the two releases in a folder, and an emulator for all those of a worker."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.samples import running
from tests.samples.assets import provide
from tests.samples.rows import AGENTS, PROJECTS
from tests.samples.sources import fetched, unpack

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from tests.samples.running import Served


@pytest.fixture(scope="session")
def released(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    """By distribution, where its samples are, as they were released."""
    assert request.config.cache is not None
    return {
        name: unpack(fetched(name, request.config.cache), tmp_path_factory.mktemp(name))
        for name in (PROJECTS, AGENTS)
    }


@pytest.fixture(scope="session")
def folders(released: dict[str, Path]) -> dict[str, Path]:
    """The same, with the files that a source distribution lacks."""
    provide(released[AGENTS], released[PROJECTS])
    return released


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Generator[Served]:
    with running.served(tmp_path_factory.mktemp("home")) as emulator:
        yield emulator
