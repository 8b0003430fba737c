"""`mcp-foundry ask`: whom, what, and what stands on stdout; away from a terminal."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from mcp_foundry.cli import main
from tests.rigs.command_line import clean_environment, run

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path
    from typing import TypeAlias

    from mcp_foundry.emulator import Emulator

    Put: TypeAlias = Callable[[bytes], None]

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean_environment")]
__all__ = ["clean_environment"]
NOWHERE = ("--endpoint", "http://127.0.0.1:9/api/projects/nowhere")
"""Whatever is asked there fails."""
WEATHER: dict[str, Any] = {
    "kind": "prompt",
    "model": "scripted-model",
    "instructions": "The weather in {{city}} for {{days}} days.",
    "structured_inputs": {
        "city": {"schema": {"type": "string"}},
        "days": {"schema": {"type": "integer"}},
        "table": {"description": "A file"},
    },
    "tools": [
        {"type": "code_interpreter", "container": {"type": "auto", "file_ids": ["{{table}}"]}}
    ],
}


@pytest.fixture
def stdin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Put]:
    """Puts bytes on stdin."""
    with ExitStack() as files:

        def put(content: bytes) -> None:
            (tmp_path / "stdin").write_bytes(content)
            file = files.enter_context((tmp_path / "stdin").open(encoding="utf-8"))
            monkeypatch.setattr("sys.stdin", file)

        yield put


@pytest.mark.parametrize("message", ["Hello there", "[long 300] [search x] [file chart.png]"])
def test_the_text_and_nothing_else_is_on_stdout(
    message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ask", message, "--emulator", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["status"] == "completed"
    assert main(["ask", "helper", message, "--emulator"]) == 0
    told = capsys.readouterr()
    # Of a file each process has an address of its own.
    assert [line.partition("foundry://")[0] for line in told.out.split("\n")] == [
        line.partition("foundry://")[0] for line in f"{answer['text']}\n".split("\n")
    ]
    assert told.err == ""


@pytest.mark.parametrize(
    ("words", "given", "asked"),
    [
        (["Hello"], b"", "Hello"),
        (["-"], "\ufeffgrüße\n".encode(), "grüße"),
        ([], b"of stdin\r\n", "of stdin"),
        (["helper", "-"], b"of stdin", "of stdin"),
        (["helper", "Look:"], b"of stdin\n", "Look:\n\nof stdin"),
        (["Look here"], b"of stdin", "Look here\n\nof stdin"),
        (["helper"], b"of stdin", "of stdin"),
        (["Summarise"], b"of stdin", "Summarise\n\nof stdin"),
        (["helper", "--agent", "helper"], b"of stdin", "helper\n\nof stdin"),
        (["helper"], b"", "helper"),
    ],
)
def test_a_message_is_text_or_stdin_or_both(
    words: list[str], given: bytes, asked: str, stdin: Put, capsys: pytest.CaptureFixture[str]
) -> None:
    stdin(given)
    assert main(["ask", *words, "--emulator"]) == 0
    assert f"“{asked}”" in capsys.readouterr().out


async def test_only_a_word_that_may_be_either_is_looked_up(emulator: Emulator) -> None:
    endpoint = {"FOUNDRY_PROJECT_ENDPOINT": emulator.endpoint}
    alone = await run("ask", "helper", given="of stdin", **endpoint)
    assert "You asked helper (version 1): “of stdin”" in alone.stdout
    assert [each.method for each in emulator.received] == ["POST"]
    either = await run(
        "ask", "helper", given="of stdin", FOUNDRY_AGENT_NAME="researcher", **endpoint
    )
    assert "You asked helper (version 1): “of stdin”" in either.stdout
    assert [each.method for each in emulator.received] == ["POST", "GET", "POST"]


@pytest.mark.parametrize(
    ("words", "given", "told"),
    [
        ([], b"", 'the message is empty. For example: mcp-foundry ask AGENT "'),
        (["helper"], b"", "'helper' is the message or the agent? Give both (mcp-foundry ask"),
        (["helper", "what", "now"], b"", "3 words came. Put the text in quotes."),
        (["Hello,", "you"], b"", "'Hello,' is no agent's name. Put the text in quotes."),
        (["a", "\udcff"], b"", "not text in the encoding of this system"),
        (["a", "b"], b"\xff\xfe", "stdin is not UTF-8 text. Send what is no text as a file:"),
        (["a", "b"], b"PK\0\0", "stdin is not UTF-8 text"),
        (["a", "b"], b"x" * 1_048_577, "stdin has more than 1,048,576 bytes"),
        (["a", "b", "--file", "no-such"], b"", "--file no-such cannot be read: No such file"),
        (["a", "b", "--file", "."], b"", "--file . is a folder. Name each file"),
        (["a", "b", "--file", r"C:\no\such.txt"], b"", "such.txt cannot be read: "),
        (["a", "b", "--input", "city"], b"", "--input city is not NAME=VALUE"),
        (["a", "b", "--input", "city=@no-such"], b"", "no-such cannot be read"),
        (["a", "b", "--continue", "--emulator"], b"", "mcp-foundry emulator --data FILE"),
    ],
)
def test_wrong_usage_is_one_line_and_nothing_is_asked(
    words: list[str], given: bytes, told: str, stdin: Put, capsys: pytest.CaptureFixture[str]
) -> None:
    stdin(given)
    place = () if "--emulator" in words else NOWHERE
    assert main(["ask", *words, *place]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert told in said.err


async def test_files_and_inputs_go_along(emulator: Emulator, tmp_path: Path) -> None:
    emulator.store.add_agent("forecast", definition=WEATHER)
    (tmp_path / ".notes of mine; x.txt").write_text("of a hidden file", "utf-8")
    (tmp_path / "days").write_text("3", "utf-8")
    (tmp_path / "rain.csv").write_text("day,rain\n1,2\n", "utf-8")
    done = await run(
        *("ask", "forecast", "Rain?", "--input", "city=7", "--input", f"days=@{tmp_path / 'days'}"),
        *("--file", str(tmp_path / ".notes of mine; x.txt"), "--file", "https://example.com/a.png"),
        *("--file", (tmp_path / "rain.csv").as_uri(), "--file", str(tmp_path / "rain.csv")),
        *("--input", f"table={tmp_path / 'rain.csv'}"),
        FOUNDRY_PROJECT_ENDPOINT=emulator.endpoint,
    )
    assert done.code == 0, done.stderr
    asked: Any = emulator.received[-1].body
    assert asked["structured_inputs"]["city"] == "7"
    assert asked["structured_inputs"]["days"] == 3
    assert asked["structured_inputs"]["table"].startswith("assistant-")
    _, notes, picture = asked["input"][0]["content"]
    assert notes["text"] == ".notes of mine; x.txt:\nof a hidden file"
    assert picture["image_url"] == "https://example.com/a.png"
    uploaded = [each.path for each in emulator.received if each.path.endswith("/files")]
    assert len(uploaded) == 1, "the two names of one file are one file"


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (
            ["[approve a.b {}]", "--approvals", "caller"],
            4,
            "The agent waits for approval of a.b({})",
        ),
        (["[call rain {}]"], 4, "The agent waits for the output of rain({})."),
        (["[slow 30]", "--max-wait", "0.2"], 3, "It is still in progress. "),
        (["[incomplete max_output_tokens]"], 5, "The answer is incomplete (max_output_tokens)."),
        (["[incomplete max_output_tokens]", "--tolerant"], 0, "The answer is incomplete"),
        (["[fail server_error It broke]"], 1, "run_failed: "),
        (["nobody", "Hello"], 1, "To see the agents, type: mcp-foundry call list_agents"),
    ],
)
def test_what_remains_to_do_is_a_line_on_stderr_and_a_number(
    words: list[str], code: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ask", *words, "--emulator"]) == code
    assert told in capsys.readouterr().err


def test_an_answer_is_waited_for_where_that_is_wished(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "[slow 0.6] [say Hi]", "--emulator", "--max-wait", "0.2", "--wait"]) == 0
    assert capsys.readouterr().out == "Hi\n"
