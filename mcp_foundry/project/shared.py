"""What the sessions of all callers have in common: the network, slots, a shelf, and who is told."""

from __future__ import annotations

import logging
from math import inf
from typing import TYPE_CHECKING, Any

from mcp_foundry.runs.limiter import RunLimiter
from mcp_foundry.runs.shelf import OwnShelf, Shelf
from mcp_foundry.service.clients import Clients
from mcp_foundry.telemetry.observer import Observer

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from anyio.abc import TaskGroup

    from mcp_foundry.project.files.contents import Contents
    from mcp_foundry.runs.batch import Batch
    from mcp_foundry.runs.run import Run
    from mcp_foundry.service.network import Network
    from mcp_foundry.settings.values import Settings

logger = logging.getLogger(__name__)

_DOWNLOADS = 10
"""Files that are brought at once; where many call, no one's take more than half of the places."""


class Shared:
    """Opened once in a process.

    Attributes:
        settings: What the server was told.
        tasks: Where everything runs that outlives a call.
        observer: What is told outside of what happens here.
        limiter: How many runs are under way at once, and whose.
        downloads: The same, of files.
        workers: How many questions one batch asks at once.
    """

    def __init__(self, settings: Settings, network: Network, tasks: TaskGroup) -> None:
        limits = settings.limits
        self.settings = settings
        self.tasks = tasks
        self.observer = Observer(settings)
        self.limiter = RunLimiter(settings.concurrency, settings.each)
        self.downloads = RunLimiter(_DOWNLOADS, settings.each and _DOWNLOADS // 2)
        self.workers = min(settings.concurrency, settings.each or settings.concurrency)
        self._network = network
        self._clients = Clients(settings, network)
        self._files: Shelf[Contents] = Shelf(limits.files_kept, limits.file_life, self.begin)
        self._runs: Shelf[Run] = Shelf(limits.kept, limits.run, self.begin)
        # One who is alone has them as long as the process, but for what newer ones take.
        life = limits.run if settings.asks_as else inf
        self._batches: Shelf[Batch] = Shelf(limits.batched, life, self.begin)
        self._warmed = False

    def clients_of(self, token: Callable[[], str] | None) -> Clients:
        """Return the ways to the project of one caller.

        Args:
            token: Returns what the caller's requests are signed with, where they are in the
                caller's own name.
        """
        if token is None or self.settings.identity == "server":
            return self._clients
        return Clients(self.settings, self._network, token)

    def files_of(self, owner: str) -> OwnShelf[Contents]:
        """Return what is here of one caller's files."""
        return OwnShelf(self._files, owner)

    def runs_of(self, owner: str) -> OwnShelf[Run]:
        """Return the runs that one caller may come back to."""
        return OwnShelf(self._runs, owner)

    def batches_of(self, owner: str) -> OwnShelf[Batch]:
        """Return the batches of one caller that ended."""
        return OwnShelf(self._batches, owner)

    def begin(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do something in the background, until the session ends."""
        self.tasks.start_soon(work)

    def warm(self) -> None:
        """Begin, in the background and once, what the first question would have to wait for."""
        if not self._warmed:
            self._warmed = True
            self.tasks.start_soon(self._warm)

    async def observe(self) -> None:
        """Make sure that what happens from now on is told, where somebody asked for it."""
        if not self.observer.ready:
            await self._network.in_thread(self.observer.set_up)

    async def _warm(self) -> None:
        await self.observe()
        try:
            # In nobody's name, where each caller has one of their own.
            own = self.settings.auth == "entra" and self.settings.identity == "user"
            await self.clients_of(str if own else None).warm()
        except Exception as exception:  # noqa: BLE001 - the first call says what is wrong, better
            logger.info("Warming up failed (%s); the first call will say why", exception)
