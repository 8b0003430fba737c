"""The conformance suite where one has to sign in: it cannot, so nginx does it for the suite."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from anyio import to_thread

from tests.rigs.balancers import nginx
from tests.rigs.service import serving

if TYPE_CHECKING:
    from tests.rigs.npm import Npm

pytestmark = [pytest.mark.judges, pytest.mark.timeout(600), pytest.mark.anyio]

OF_LOOPBACK = "dns-rebinding-protection"
"""It wants pages of loopback to be let in, where only those of the public URL may be."""


@pytest.mark.parametrize("revision", ["2025-11-25", "2026-07-28"])
async def test_no_other_scenarios_fail_than_without_a_door(
    npm: Npm, tmp_path: Path, revision: str
) -> None:
    known = Path(__file__).with_name(f"expected-failures.{revision}.yml").read_text("utf-8")
    baseline = tmp_path / "expected-failures.yml"
    baseline.write_text(known.replace("server:\n", f"server:\n  - {OF_LOOPBACK}\n"), "utf-8")
    # Those of the handshake era are about sessions, too.
    async with serving(tmp_path, MCP_FOUNDRY_SESSIONS="on") as service:
        with nginx(tmp_path, [service.url], headers=service.headers()) as url:
            said = ("server", "--url", url, "--suite", "all", "--spec-version", revision)
            expected = ("--expected-failures", str(baseline))
            judge = partial(npm.run, "conformance", *said, *expected)
            judged = await to_thread.run_sync(judge)

    assert judged.returncode == 0, judged.stdout[-6000:] + judged.stderr
