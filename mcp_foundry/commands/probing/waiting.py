"""How long a probe waits for what."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Patience:
    """Bounds on every wait, in seconds.

    Attributes:
        request: For a plain request.
        point: For all that belongs to one point.
        total: For everything.
        lost: Between the drop of a foreground stream and the last look at its response.
        poll: Between two looks at the same thing.
        late: For what may be listed late.
        farewell: For deleting what was created.
    """

    request: float = 20
    point: float = 60
    total: float = 120
    lost: float = 15
    poll: float = 1
    late: float = 5
    farewell: float = 3


LOOPBACK = Patience(lost=0, poll=0.05, late=0.5)
"""For the emulator, which is as it is at once."""
