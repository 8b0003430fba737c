"""What this process tells of its work, and to whom: nothing, until somebody asked for it.

Spans cost a few microseconds where nobody records them, and are always made: whether somebody does
is known to the API alone. Measures and the SDK are there only where they are wanted.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from opentelemetry import trace

from mcp_foundry import __version__
from mcp_foundry.telemetry import names

if TYPE_CHECKING:
    from mcp_foundry.settings.values import Settings
    from mcp_foundry.telemetry.measures import Measures

_SDK = "opentelemetry.sdk"


class Observer:
    """What is told, and how much of it.

    Attributes:
        tracer: Makes spans.
        measures: What is measured; None where nothing is.
        content: Whether prompts and answers are told.
        ready: Whether everything is told that is to be told.
    """

    def __init__(self, settings: Settings) -> None:
        self.tracer = trace.get_tracer(names.TRACER, __version__)
        self.measures: Measures | None = None
        self.content = settings.telemetry.content
        self._settings = settings
        self._place = _place(settings.endpoint)
        # One that is loaded before belongs to who started this program (opentelemetry-instrument).
        self.ready = not (settings.telemetry.wanted or _SDK in sys.modules)

    def place_of(self, agent: str) -> dict[str, Any]:
        """Return where an agent is asked, as attributes of a span."""
        local = self._settings.local.get(agent.partition(":")[0])
        return _place(local) if local else self._place

    def set_up(self) -> None:
        """Import and begin what exports; takes a fifth of a second, so call it in a thread.

        One at a time: the first call waits for what the first listing began. What is wrong with
        what was asked for is a line of the log, and never a failure.
        """
        if self.ready:
            return
        from mcp_foundry.telemetry.providers import provide

        self.measures = provide(self._settings.telemetry)
        self.ready = True


def _place(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    known: dict[str, Any] = {names.SERVER: parts.hostname, names.PORT: parts.port}
    return {name: value for name, value in known.items() if value}
