"""A user who may not write everything, for tests that run as one who may."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator

# A user of most systems that may do nothing.
NOBODY = 65534


@contextmanager
def somebody_else() -> Generator[None]:
    """Be a user who may not write everything, where this one is."""
    if sys.platform == "win32" or os.geteuid():
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
