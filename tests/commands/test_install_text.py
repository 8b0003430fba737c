"""However a person typed a configuration, one place of it changes and all else is what it was."""

from __future__ import annotations

import json
import re
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcp_foundry.commands.installing import json_text, toml_text
from mcp_foundry.commands.installing.configuration import Configuration
from mcp_foundry.commands.installing.entries import CLIENTS

PATH = 'C:\\Users\\Zoë "x"\\mcp-foundry.exe'
SPACES = ("", "", " ", "\n  ", "\r\n\t", ' // a "{\n', "/* , } */", "\n\n    ")
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)
STATEMENTS = (
    "# [mcp_servers.foundry]\n",
    "\n",
    'a = """\n[mcp_servers.foundry]\ncommand = "mcp-foundry" # no\n"""\n',
    "b = [ # one\n  '[x]',\n  2, # two\n]\n",
    "c = 1979-05-27T07:32:00Z\n",
)
TABLES = (
    "[mcp_servers.x]\ncommand = 'x' # [y]\n",
    "[mcp_servers.\"x\".env]\nA = '''#'''\n",
    "  [other] # head\n\n# tail\n",
    "[[many]]\nk = inf\n[[many]]\n",
    "[mcp_servers.foundryx]\ncommand = 'mcp-foundry'\n",
)
quickly = settings(max_examples=60, deadline=None)


@st.composite
def typed(draw: st.DrawFn, value: st.SearchStrategy[Any]) -> tuple[Any, str]:
    """A value, and the text of it as a person may type it."""
    space = st.sampled_from(SPACES)

    def write(value: Any) -> str:  # noqa: ANN401 - any JSON
        if json_text.is_object(value):
            signs = "{}"
            parts = [
                f"{json.dumps(k)}{draw(space)}:{draw(space)}{write(v)}" for k, v in value.items()
            ]
        elif isinstance(value, list):
            signs, parts = "[]", [write(each) for each in cast("list[Any]", value)]
        else:
            return json.dumps(value, ensure_ascii=draw(st.booleans()))
        text = ",".join(f"{draw(space)}{part}{draw(space)}" for part in parts)
        comma = "," if parts and draw(st.booleans()) else ""
        return f"{signs[0]}{text}{comma}{draw(space)}{signs[1]}"

    plain = draw(value)
    return plain, f"{draw(space)}{write(plain)}{draw(space)}"


PROGRAM = "/new/mcp-foundry"


@pytest.mark.parametrize(
    ("client", "before", "after"),
    [
        ("cursor", "", '{"mcpServers": {"foundry": {"command": "/new/mcp-foundry"}}}'),
        (
            "cursor",
            (
                '{\n // a\n "mcpServers": {"foundry": {"command": "/old/mcp-foundry", // b\n'
                '  "args": ["--emulator"], "env": {"PATH": "/p", "FOUNDRY_MODEL_NAME": "m"}}, '
                '"z": 1}}'
            ),
            (
                '{\n // a\n "mcpServers": {"foundry": {"command": "/new/mcp-foundry", // b\n'
                '  "env": {"PATH": "/p"}}, "z": 1}}'
            ),
        ),
        (
            "codex",
            "[mcp_servers]\nfoundry = { command = '/old/mcp-foundry' } # a # b\nz = {}",
            (
                '[mcp_servers]\nfoundry = { command = "/new/mcp-foundry", required = true, '
                "supports_parallel_tool_calls = true } # a # b\nz = {}"
            ),
        ),
        (
            "codex",
            (
                "[mcp_servers.foundry]\ncommand = '/new/mcp-foundry'\nrequired = true\n"
                "env = { FOUNDRY_MODEL_NAME = 'm', PATH = '/p' } # c\n\n[z]"
            ),
            (
                "[mcp_servers.foundry]\ncommand = '/new/mcp-foundry'\nrequired = true\n"
                'env = { PATH = "/p" } # c\nsupports_parallel_tool_calls = true\n\n[z]'
            ),
        ),
    ],
)
def test_an_entry_that_is_there_is_brought_up_to_date(client: str, before: str, after: str) -> None:
    entry = CLIENTS[client].entry([PROGRAM], {})
    changed = Configuration(before, CLIENTS[client]).with_entry(entry)
    if before:
        assert changed.rstrip() == after
    else:
        assert json.loads(changed) == json.loads(after)


def test_what_was_never_there_gets_a_table_of_its_own() -> None:
    client = CLIENTS["codex"]
    before = "[mcp_servers.foundry]\ncommand = 'mcp-foundry'\n\n# z\n[z]\n"
    entry = client.entry(["mcp-foundry"], {"FOUNDRY_MODEL_NAME": "m"})
    assert Configuration(before, client).with_entry(entry) == (
        "[mcp_servers.foundry]\ncommand = 'mcp-foundry'\nrequired = true\n"
        "supports_parallel_tool_calls = true\n\n[mcp_servers.foundry.env]\n"
        'FOUNDRY_MODEL_NAME = "m"\n\n# z\n[z]\n'
    )


@pytest.mark.parametrize("text", ["// only this\r\n", " \n", "// no line ends it"])
def test_a_file_that_holds_nothing_yet_gets_its_object(text: str) -> None:
    inside = Configuration(text, CLIENTS["vscode"]).with_entry({"command": PROGRAM})
    assert inside.startswith(text.rstrip())
    assert json_text.parse(inside) == {"servers": {"foundry": {"command": PROGRAM}}}
    assert ("\r\n{\r\n" in inside) == ("\r\n" in text)


def remarks(text: str) -> list[str]:
    """The comments of a text, of which none is within a value."""
    return re.findall(r"// a \"\{|/\* , \} \*/", text)


@quickly
@given(typed(VALUES))
def test_json_with_comments_is_read_as_json_without(pair: tuple[Any, str]) -> None:
    plain, text = pair
    assert json_text.parse(text) == plain


@quickly
@given(
    typed(
        st.fixed_dictionaries(
            {},
            optional={
                "a": VALUES,
                "mcpServers": st.dictionaries(st.sampled_from("xyz"), VALUES),
                "é": VALUES,
            },
        )
    )
)
def test_an_entry_goes_into_any_json_and_out_again(pair: tuple[Any, str]) -> None:
    plain, text = pair
    client = CLIENTS["cursor"]
    entry = client.entry([PATH, "--emulator"], {"FOUNDRY_AGENT_NAME": "helper"})
    servers = plain.get("mcpServers", {})

    inside = Configuration(text, client).with_entry(entry)

    assert json_text.parse(inside) == {**plain, "mcpServers": {**servers, "foundry": entry}}
    assert remarks(inside) == remarks(text)
    assert Configuration(inside, client).with_entry(entry) == inside
    outside = Configuration(inside, client).without_entry()
    assert json_text.parse(outside) == {**plain, "mcpServers": servers}
    assert remarks(outside) == remarks(text)


@quickly
@given(
    st.lists(st.sampled_from(STATEMENTS), unique=True),
    st.lists(st.sampled_from(TABLES), unique=True),
    st.sampled_from(["\n", "\r\n"]),
)
def test_an_entry_goes_into_any_toml_and_out_again(
    statements: list[str], tables: list[str], newline: str
) -> None:
    text = "".join([*statements, *tables]).replace("\n", newline)
    client = CLIENTS["codex"]
    entry = client.entry([PATH, "--emulator"], {"FOUNDRY_AGENT_NAME": "helper"})
    before = toml_text.parse(text)

    inside = Configuration(text, client).with_entry(entry)

    assert inside.startswith(text), "it is added at the end"
    after = toml_text.parse(inside)
    assert after["mcp_servers"].pop("foundry") == entry
    assert {**after, "mcp_servers": after["mcp_servers"]} == {"mcp_servers": {}, **before}
    other = client.entry(["/bin/mcp-foundry"], {"FOUNDRY_MODEL_NAME": 'a"b'})
    changed = Configuration(inside, client).with_entry(other)
    assert changed.startswith(text)
    assert toml_text.parse(changed)["mcp_servers"]["foundry"] == other
    assert Configuration(changed, client).without_entry() == text
