"""What may be told of a run: which kinds of acts it was, and nothing that was said."""

import re
from collections.abc import Generator
from contextlib import contextmanager
from typing import Protocol

from mcp_foundry.emulator.model.acts import Act
from mcp_foundry.emulator.wire.values import Json


class WatchedRun(Protocol):
    """What a watcher is told of a run.

    Attributes:
        tokens: How many tokens of text it has spoken.
        deeds: What the model did for the newest request, oldest first, such as `say 34 tokens`.
    """

    tokens: int
    deeds: list[str]

    @property
    def id(self) -> str:
        """The id."""
        ...

    @property
    def body(self) -> Json:
        """The run as the service shows it."""
        ...


class Watcher(Protocol):
    """Who is told what runs do."""

    def began(self, run: WatchedRun) -> None:
        """It begins, or goes on, for the request under way."""
        ...

    def ended(self, run: WatchedRun) -> None:
        """Its task is over."""
        ...


@contextmanager
def doing(run: WatchedRun, act: Act) -> Generator[None]:
    """Note the act that is performed inside, however it ends."""
    before = run.tokens
    try:
        yield
    finally:
        spoken = run.tokens - before
        kind = re.sub(r"(?<!^)(?=[A-Z])", " ", type(act).__name__).lower()
        amount = f" {spoken} token{'s' * (spoken > 1)}" if spoken else ""
        run.deeds.append(kind + amount)
