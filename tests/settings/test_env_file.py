"""The file that `--env-file` names."""

from __future__ import annotations

import pytest

from mcp_foundry.settings.env_file import read_env_file
from mcp_foundry.settings.variable import SettingsError


def test_an_env_file_is_read_as_people_write_them() -> None:
    text = """
    # a comment
    A=1
    export B = two words # and a comment
    C="quoted # kept"  # not this
    D='single'
    E=
    F=a#b
    G="a=b"
    """
    assert read_env_file(text) == {
        "A": "1",
        "B": "two words",
        "C": "quoted # kept",
        "D": "single",
        "E": "",
        "F": "a#b",
        "G": "a=b",
    }


def test_a_line_of_an_env_file_that_is_none_is_named_by_its_number() -> None:
    with pytest.raises(SettingsError, match="line 2 ") as refusal:
        read_env_file("A=1\nsecret s3cr3t\n")
    assert "s3cr3t" not in str(refusal.value)
