"""What a script reads from `mcp-foundry call` without reading JSON: its exit code."""

from __future__ import annotations

import json

import pytest

from mcp_foundry.cli import main
from mcp_foundry.commands.outcome import MEANINGS
from tests.rigs.calling import GENERATIONS


def asked(*words: str) -> int:
    return main(["call", "ask_agent", *words, "--emulator"])


@GENERATIONS
@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("[say Hello]", 0),
        ("[fail]", 1),
        ("[slow 5]", 3),
        ("[approve github.create {}]", 4),
        ("[incomplete]", 5),
    ],
)
def test_each_outcome_of_an_answer_has_a_code_of_its_own(
    agent: str, message: str, code: int
) -> None:
    assert asked(f"agent={agent}", f"message={message}", "--max-wait", "0.3") == code


def test_a_refusal_is_told_apart_from_an_answer() -> None:
    assert asked("message=[refuse]") == 5


@pytest.mark.parametrize("message", ["[slow 5]", "[approve github.create {}]", "[refuse]"])
def test_whoever_is_tolerant_takes_an_answer_that_is_not_whole(message: str) -> None:
    assert asked(f"message={message}", "--max-wait", "0.3", "--tolerant") == 0


def test_no_tolerance_turns_a_failure_into_a_success() -> None:
    assert asked("message=[fail]", "--tolerant") == 1
    assert asked("text=[fail]", "--tolerant") == 2


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        (["[say One]", "[say Two]"], 0),
        (["[say One]", "[fail]"], 6),
        (["[say One]", "[approve github.create {}]"], 6),
        (["[fail]", "[fail]"], 1),
    ],
)
def test_a_batch_says_whether_all_a_part_or_nothing_was_answered(
    messages: list[str], code: int
) -> None:
    requests = json.dumps([{"message": message} for message in messages])
    assert main(["call", "batch_ask", f"requests={requests}", "--emulator"]) == code


def test_what_is_no_answer_is_a_success_when_it_comes() -> None:
    assert main(["call", "list_agents", "--emulator"]) == 0
    assert main(["call", "create_agent_version", "agent_name=mine", "--emulator"]) == 0


@pytest.mark.parametrize("command", ["ask", "batch", "call"])
def test_the_codes_stand_in_the_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == 0
    told = capsys.readouterr().out
    assert all(f"\n  {code}  {meaning}\n" in told for code, meaning in MEANINGS.items())
    assert "--tolerant makes 3 to 6 zero" in told
