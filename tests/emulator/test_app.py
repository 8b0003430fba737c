"""The routes of the planes, put together."""

from collections import Counter
from importlib import import_module
from pkgutil import walk_packages
from typing import Any

from mcp_foundry import emulator
from mcp_foundry.emulator.app import ROUTES


def test_every_route_of_every_plane_is_served_and_by_one_file_alone() -> None:
    names = [each.name for each in walk_packages(emulator.__path__, f"{emulator.__name__}.")]
    modules: list[Any] = [import_module(name) for name in names if not name.endswith(".app")]
    declared = Counter(line for each in modules for line in getattr(each, "ROUTES", ()))
    assert declared == Counter(list(ROUTES))
