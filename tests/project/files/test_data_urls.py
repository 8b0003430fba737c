"""What a `data:` URL becomes on its way to an agent."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Any, cast

import pytest

from mcp_foundry.project.files.attaching import Attaching
from mcp_foundry.settings.values import Settings

pytestmark = pytest.mark.anyio
PICTURE = b"\x89PNG\r\n\x1a\n12"
ENCODED = b64encode(PICTURE).decode()
# The last sign has bits that stand for nothing.
UNTIDY = f"{ENCODED[:-3]}h=="


@pytest.mark.parametrize("body", [ENCODED, UNTIDY])
async def test_a_picture_goes_on_in_the_one_form_that_every_reader_of_base64_takes(
    body: str,
) -> None:
    settings = Settings.read({"FOUNDRY_PROJECT_ENDPOINT": "http://127.0.0.1:1/api/projects/p"})
    attaching = Attaching(settings, cast("Any", None))
    assert b64decode(body, validate=True) == PICTURE
    (file,) = await attaching.attached([f"data:image/png;base64,{body}"], {}, "helper")
    assert file.content == f"data:image/png;base64,{ENCODED}"
