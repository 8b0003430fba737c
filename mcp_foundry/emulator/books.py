"""What is seen of the emulator: the requests, the runs, and whatever one may wait for."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from mcp_foundry.emulator.app import Gateway, Received, as_state
from mcp_foundry.emulator.door.entrance import Entrance
from mcp_foundry.emulator.http.connections import Connections
from mcp_foundry.emulator.runs.engine import Engine
from mcp_foundry.emulator.wire.values import Json

if TYPE_CHECKING:
    from typing_extensions import Self


class Books:
    """The books of an emulator, which anybody may read and wait for.

    The parts that write them are set by whoever opens it.
    """

    _gateway: Gateway
    _engine: Engine
    entrance: Entrance

    def __init__(self) -> None:
        self._waiting: set[asyncio.Event] = set()
        self._connections = Connections(self._changed)

    @property
    def received(self) -> list[Received]:
        """The newest requests, oldest first."""
        return list(self._gateway.received)

    @property
    def runs_created(self) -> int:
        """How many requests asked for a run or response."""
        return self._engine.created

    @property
    def runs_taken(self) -> int:
        """How many runs and responses the service really started."""
        return self._engine.taken

    @property
    def live(self) -> list[str]:
        """The ids of runs and responses that have not ended."""
        return list(self._engine.live)

    @property
    def open_connections(self) -> int:
        """How many connections clients hold open now."""
        return self._connections.open

    @property
    def busy_connections(self) -> int:
        """How many requests are being answered now."""
        return self._gateway.busy

    @property
    def unhandled(self) -> list[str]:
        """The requests that met the 501, as "METHOD path"."""
        return self._gateway.unhandled

    def state(self) -> Json:
        """The books in one object, as `GET /_emulator/state` shows them."""
        books = as_state(self._gateway, self._engine, self.open_connections)
        return {**books, "tokens": self.entrance.identity.given}

    async def wait_for(
        self,
        predicate: Callable[["Self"], object],
        timeout: float = 5.0,
    ) -> None:
        """Wait until the predicate holds, looked at anew whenever anything happens.

        Raises:
            TimeoutError: It did not hold in time.
        """
        happened = asyncio.Event()
        self._waiting.add(happened)
        try:
            await asyncio.wait_for(self._until(predicate, happened), timeout)
        except asyncio.TimeoutError:
            raise TimeoutError(f"not within {timeout} s; the emulator: {self.state()}") from None
        finally:
            self._waiting.discard(happened)

    async def _until(self, predicate: Callable[["Self"], object], happened: asyncio.Event) -> None:
        while not predicate(self):
            happened.clear()
            await happened.wait()

    def _changed(self) -> None:
        for happened in self._waiting:
            happened.set()
