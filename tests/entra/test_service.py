"""A service for many, from outside: who is let in, by a real client in both eras."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.rigs.calling import ask
from tests.rigs.issuer import BOB
from tests.rigs.service import serving

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio


async def test_people_ask_in_both_eras_once_they_have_signed_in(tmp_path: Path) -> None:
    async with serving(tmp_path) as service:
        for mode in ("legacy", "auto"):
            async with service.client(mode=mode) as alice, service.client(BOB, mode=mode) as bob:
                assert (await ask(alice, "[say Good day]"))["text"] == "Good day"
                assert (await ask(bob, "[say Good night]"))["text"] == "Good night"
        assert service.issuer.key_fetches == 1
        assert service.replicas[0].said() == ""
