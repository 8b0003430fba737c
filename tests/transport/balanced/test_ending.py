"""A replica that ends under load: nothing is lost or asked twice, and no client sees it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import anyio
import pytest

from tests.rigs.calling import ask
from tests.rigs.command_line import PATIENCE
from tests.rigs.issuer import ALICE, BOB
from tests.transport.balanced.conftest import balanced

if TYPE_CHECKING:
    from pathlib import Path

    from tests.transport.balanced.conftest import Balanced, Balancer

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.judges,
    pytest.mark.timeout(240),
    pytest.mark.skipif(sys.platform == "win32", reason="signals end processes at once there"),
]
CLIENTS = 12


class Load:
    """Clients that ask, each one question after the other, until they are told to stop."""

    def __init__(self, both: Balanced, mode: str) -> None:
        self._both, self._mode = both, mode
        self._more, self._stopped = anyio.Event(), False
        self.answered: list[str] = []
        self.asked: list[str] = []

    async def ask(self, number: int) -> None:
        """Be one client; an error of any question is one of the test."""
        async with self._both.client((ALICE, BOB)[number % 2], mode=self._mode) as client:
            while not self._stopped:
                said = f"{number}-{len(self.asked)}"
                self.asked.append(said)
                answer = await ask(client, f"[slow 0.3] [say {said}]")
                assert answer["status"] == "completed"
                self.answered.append(answer["text"])
                self._more.set()
                self._more = anyio.Event()

    async def until_answered(self, more: int) -> None:
        """Wait until so many more were answered."""
        enough = len(self.answered) + more
        with anyio.fail_after(PATIENCE):
            while len(self.answered) < enough:
                await self._more.wait()

    def stop(self) -> None:
        """Let each client have its last answer."""
        self._stopped = True


async def test_no_client_sees_that_a_replica_ends(
    tmp_path: Path, balancer: Balancer, mode: str
) -> None:
    # For what asks no replica whether it is ready, half of the drain is when it is refused.
    async with balanced(tmp_path, balancer, MCP_FOUNDRY_DRAIN="10") as both:
        load, before = Load(both, mode), [0]
        async with anyio.create_task_group() as tasks:
            for number in range(CLIENTS):
                tasks.start_soon(load.ask, number)
            await load.until_answered(CLIENTS)
            assert await both.service.replicas[0].end() == 128 + 15
            before = both.calls()
            await load.until_answered(CLIENTS)
            load.stop()
        asked = [each for each in both.service.emulator.received if each.method == "POST"]

    assert sorted(load.answered) == sorted(load.asked)
    assert len(asked) == len(load.asked)
    # Both had worked, and the other goes on alone.
    assert min(before) > 0
    assert both.calls()[0] == before[0]
    assert sum(both.calls()) == len(load.asked)
