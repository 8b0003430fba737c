"""`mcp-foundry call`: arguments, results, progress, exit codes; away from a terminal."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from mcp_foundry.cli import main
from tests.rigs.calling import GENERATIONS
from tests.rigs.command_line import PATIENCE, end_of, run, start

if TYPE_CHECKING:
    from pathlib import Path

    from mcp_foundry.emulator import Emulator

pytestmark = pytest.mark.anyio
only_posix = pytest.mark.skipif(sys.platform == "win32", reason="SIGINT cannot be sent there")


def called(*words: str) -> int:
    return main(["call", *words, "--emulator"])


def printed(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    return json.loads(capsys.readouterr().out)


def test_the_structured_result_is_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert called("ask_agent", "message=Hello") == 0
    told = capsys.readouterr()
    assert told.out.count("\n") == 1
    answer = json.loads(told.out)
    assert answer["status"] == "completed"
    assert "“Hello”" in answer["text"]
    assert answer["conversation_id"].startswith("resp_")
    assert told.err == ""


@pytest.mark.parametrize(
    "message", ['{"a": 1}', "[1]", '"quoted"', "null", "7", "a=b", "-", "a@b", "東京\n😄"]
)
def test_text_arrives_as_it_is(message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert called("ask_agent", f"message={message}") == 0
    assert f"“{message}”" in printed(capsys)["text"]


def test_words_after_an_option_are_arguments_too(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["call", "ask_agent", "--emulator", "message=Hello", "--quiet", "agent=asst_helper"]
    assert main(words) == 0
    assert printed(capsys)["agent"] == "asst_helper"


def test_values_are_json_where_the_tool_takes_no_text(capsys: pytest.CaptureFixture[str]) -> None:
    requests = [{"message": "one"}, {"message": "two", "agent": "asst_helper"}]
    assert called("batch_ask", f"requests={json.dumps(requests)}") == 0
    batch = printed(capsys)
    agents = [answer.get("agent", batch["agent"]) for answer in batch["answers"]]
    assert agents == ["helper:1", "asst_helper"]
    assert called("list_connections", "default_only=true") == 0
    assert all(item["is_default"] for item in printed(capsys)["connections"])


def test_a_batch_is_waited_for_to_its_end(capsys: pytest.CaptureFixture[str]) -> None:
    requests = [{"message": f"[slow 0.6] [say {text}]"} for text in ("One", "Two")]
    assert called("batch_ask", json.dumps({"requests": requests}), "--max-wait", "0.2") == 0
    batch = printed(capsys)
    assert (batch["status"], batch["completed"]) == ("completed", 2)


def test_an_object_gives_arguments_and_later_words_win(capsys: pytest.CaptureFixture[str]) -> None:
    assert called("ask_agent", '{"message": "one", "agent": "asst_helper"}', "message=two") == 0
    answer = printed(capsys)
    assert "“two”" in answer["text"]
    assert answer["agent"] == "asst_helper"


def test_a_file_gives_arguments(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "arguments.json"
    file.write_bytes(b'\xef\xbb\xbf{"message": "of a file"}')  # with the mark that editors leave
    assert called("ask_agent", f"@{file}") == 0
    assert "“of a file”" in printed(capsys)["text"]


async def test_stdin_gives_arguments() -> None:
    words = ["call", "ask_agent", "-", "--emulator"]
    done = await run(*words, given='{"message": "東京"}')
    assert done.code == 0
    assert "“東京”" in json.loads(done.stdout)["text"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["ask"], "there is no tool 'ask'. The tools are: ask_agent, stream_agent,"),
        (["ask_agent", "text=Hello"], "ask_agent has no argument text. It takes: message, agent,"),
        (["ask_agent", '{"text": "Hello"}'], "ask_agent has no argument text"),
        (["list_agents", "name=helper"], "It takes: agent."),
        (["search_memory", "scope=anna"], "search_memory needs query"),
        (["search_memory", "limit=few"], "limit takes integer as JSON, which 'few' is not"),
        (["update_memory", "wait=no"], "For example: wait=true"),
        (["update_memory", "update_delay=soon"], "For example: update_delay=10"),
        (["create_agent_version", "definition={"], "definition takes object as JSON"),
        (["ask_agent", "Hello"], "call ask_agent message='Hello'"),
        (["ask_agent", '{"message": '], '{"message": \' is not JSON: '),
        (["ask_agent", "@"], "@ names no file"),
        (["ask_agent", "@no-such-file"], "no-such-file cannot be read"),
        (["ask_agent", "message=\udcff"], "not text in the encoding of this system"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_2(
    words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert called(*words) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert told in said.err


@pytest.mark.parametrize(
    ("content", "told"), [(b"[1]", "is no JSON object"), (b"\xff", "is not UTF-8 text")]
)
def test_a_file_that_holds_no_arguments_says_so(
    content: bytes, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "arguments.json").write_bytes(content)
    assert called("ask_agent", f"@{tmp_path / 'arguments.json'}") == 2
    assert told in capsys.readouterr().err


def test_an_error_of_the_tool_goes_to_stderr_with_exit_1(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert called("ask_agent", "message=Hello", "agent=nobody") == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("agent_not_found: agent 'nobody'")


@GENERATIONS
def test_a_stream_tells_its_text_and_apart_from_it_what_the_agent_does(
    agent: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        called("stream_agent", f"agent={agent}", "message=[search x] [long 40] [messages 2]") == 0
    )
    told = capsys.readouterr()
    lines = told.err.splitlines(keepends=True)
    doing = [line for line in lines if line.startswith("⋯ ")]
    assert doing
    assert (
        "".join(line for line in lines if line not in doing) == json.loads(told.out)["text"] + "\n"
    )


def test_a_stream_is_told_whole_whatever_the_setting_for_hosts_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert called("stream_agent", "message=[long 90]", "--progress", "tail") == 0
    told = capsys.readouterr()
    assert told.err == json.loads(told.out)["text"] + "\n"


def test_a_batch_tells_how_far_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert called("batch_ask", '{"requests": [{"message": "a"}, {"message": "b"}]}') == 0
    assert capsys.readouterr().err.endswith("2 of 2 answered\n")


def test_quiet_tells_no_progress(capsys: pytest.CaptureFixture[str]) -> None:
    assert called("stream_agent", "message=[search x]", "--quiet") == 0
    assert capsys.readouterr().err == ""


def test_nothing_is_approved_where_nobody_can_be_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert called("ask_agent", "message=[approve github.create {}]") == 4
    answer = printed(capsys)
    assert answer["status"] == "requires_action"
    assert answer["pending"][0]["kind"] == "approval"


async def test_json_is_valid_in_any_encoding() -> None:
    words = ["call", "ask_agent", "message=東京 😄", "--emulator"]
    done = await run(*words, PYTHONUTF8="0", PYTHONIOENCODING="ascii")
    assert done.code == 0
    assert done.stdout.isascii()
    assert "“東京 😄”" in json.loads(done.stdout)["text"]


@only_posix
@GENERATIONS
async def test_ctrl_c_cancels_the_run_and_a_second_one_changes_nothing(
    emulator: Emulator, agent: str
) -> None:
    words = ["call", "stream_agent", f"agent={agent}", "message=[slow 30]"]
    async with await start(*words, FOUNDRY_PROJECT_ENDPOINT=emulator.endpoint) as process:
        await emulator.wait_for(lambda emulated: emulated.live, timeout=30)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)
        await emulator.wait_for(lambda emulated: not emulated.live)
        process.send_signal(signal.SIGINT)
        ended = await end_of(process)
    assert ended.code == 130
    assert ended.stdout == ""
    assert ended.stderr.splitlines()[-1:] == ["mcp-foundry: interrupted"]
    assert "Traceback" not in ended.stderr


@only_posix
async def test_ctrl_c_while_arguments_are_awaited_is_no_traceback(tmp_path: Path) -> None:
    fifo = tmp_path / "arguments"
    os.mkfifo(fifo)
    async with await start("call", "ask_agent", f"@{fifo}", "--emulator") as process:
        # Opened only once the command reads it.
        with anyio.fail_after(PATIENCE):
            writing = await anyio.open_file(fifo, "wb")
        async with writing:
            process.send_signal(signal.SIGINT)
            ended = await end_of(process)
    assert (ended.code, ended.stdout, ended.stderr) == (130, "", "")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["message=[slow 9]", "--max-wait", "0.3"], r"call get_answer answer_id=resp_\w+"),
        (
            ["message=[approve github.create {}]"],
            r"call ask_agent conversation_id=resp_\w+ 'replies=\[\{\"id\": .* caller",
        ),
        (["message=Hello", "agent=nobody"], "call list_agents"),
    ],
)
async def test_whoever_cannot_read_json_is_told_what_to_type_next_for_the_same_project(
    words: list[str], line: str, emulator: Emulator
) -> None:
    place = ["--endpoint", emulator.endpoint]
    done = await run("call", "ask_agent", "agent=helper", *words, *place)
    assert done.code in {1, 3, 4}
    assert re.search(f"type: mcp-foundry {line} {' '.join(place)}$", done.stderr.rstrip())
