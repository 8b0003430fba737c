"""What looks like a secret is shown to nobody."""

from __future__ import annotations

import pytest

from mcp_foundry.contract.redaction import without_secrets
from tests.rigs.secure_project import TOKEN


@pytest.mark.parametrize(
    "secret",
    [
        f"Bearer {TOKEN}",
        f"token {TOKEN} rejected",
        "https://a.blob.core.windows.net/c/f?sv=2024&sig=abc%2Bdef%3D&se=1",
        "AccountName=a;AccountKey=c2VjcmV0c2VjcmV0==;EndpointSuffix=x",
        "Endpoint=sb://x/;SharedAccessKey=c2VjcmV0==",
        '{"api_key": "abcdef0123456789"}',
        "https://x/?api-key=abcdef0123456789",
        "client_secret=abcdef0123456789 is wrong",
        "password: hunter22",
    ],
)
def test_what_looks_like_a_secret_is_blanked_out(secret: str) -> None:
    told = without_secrets(f"It says {secret}")
    assert "***" in told
    for part in ("c2Vj", "abc%2B", "abcdef0", "hunter", TOKEN):
        assert part not in told


def test_a_message_without_secrets_stays_as_it_is() -> None:
    assert without_secrets("Agent 'key-helper' not found: code 7") == (
        "Agent 'key-helper' not found: code 7"
    )
