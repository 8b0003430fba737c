"""Links to files, in the words in which agents write them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mcp_foundry.agents.citations import AnswerText
from mcp_foundry.agents.made_files import before_links

if TYPE_CHECKING:
    from mcp_foundry.contract.json import Json

LINK = "sandbox:/mnt/data/a.csv"


def settled(text: str, annotations: list[Json], container: str = "cntr_1") -> AnswerText:
    answer = AnswerText()
    answer.files.container = container
    answer.add(text, annotations)
    answer.settle()
    return answer


def cited(text: str, link: str, file: str, name: str, nth: int = 0) -> dict[str, Any]:
    start = -1
    for _ in range(nth + 1):
        start = text.index(link, start + 1)
    return {
        "type": "container_file_citation",
        "container_id": "cntr_1",
        "file_id": file,
        "filename": name,
        "start_index": start,
        "end_index": start + len(link),
    }


def test_markers_before_and_words_after_a_link_keep_their_places() -> None:
    text = f"See 【1†x】 and [it]({LINK}) or 【2†y】."
    web = {
        "type": "url_citation",
        "url": "https://a",
        "start_index": text.index("【2"),
        "end_index": -1,
    }
    answer = settled(text, [cited(text, LINK, "cfile_1", "a.csv"), web])
    uri = "foundry://files/cntr_1/cfile_1/a.csv"
    assert answer.text == f"See [1] and [it]({uri}) or [2]."
    spans = [answer.text[each.start or 0 : each.end] for each in answer.citations]
    assert spans == [uri, "[2]"]


def test_two_files_of_one_name_are_linked_each_to_its_own() -> None:
    text = f"[one]({LINK}) [two]({LINK})"
    notes = [cited(text, LINK, f"cfile_{n}", "a.csv", n) for n in (0, 1)]
    answer = settled(text, notes)
    assert [file.uri.split("/")[4] for file in answer.files.listed] == ["cfile_0", "cfile_1"]
    assert answer.text.index("cfile_0") < answer.text.index("cfile_1")


def test_a_link_that_is_cited_once_and_written_twice_leads_there_both_times() -> None:
    text = f"[one]({LINK}) and {LINK}."
    answer = settled(text, [cited(text, LINK, "cfile_1", "a.csv")])
    assert answer.text.count("foundry://files/cntr_1/cfile_1/a.csv") == 2
    assert answer.text.endswith("a.csv.")
    assert len(answer.files.listed) == 1


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (f"[x]({LINK})", ["a.csv"]),
        ("[x](sandbox:/mnt/data/my chart.png)", ["my chart.png"]),
        ("[x](sandbox:/mnt/data/my%20chart.png)", ["my chart.png"]),
        (f"It is at {LINK}, I think", ["a.csv"]),
        (f"`{LINK}`", ["a.csv"]),
        ("[x](sandbox:/mnt/data/deep/b.csv)", ["b.csv"]),
        ("sandbox:/etc/passwd", []),
        ("a sandbox: that is a word", []),
    ],
)
def test_bare_links_are_files_of_the_container(text: str, names: list[str]) -> None:
    assert [file.name for file in settled(text, []).files.listed] == names


def test_without_a_container_a_bare_link_stays_as_it_is() -> None:
    answer = settled(f"[x]({LINK})", [], container="")
    assert answer.text == f"[x]({LINK})"
    assert not answer.files


def test_a_file_of_a_project_without_a_place_gets_the_name_of_its_link() -> None:
    note = {"type": "file_path", "file_id": "assistant-1", "index": 0}
    answer = settled(f"[x]({LINK})", [note], container="")
    assert answer.text == "[x](foundry://files/assistant-1/a.csv)"
    assert [file.name for file in answer.files.listed] == ["a.csv"]


def test_a_figure_that_is_named_elsewhere_is_told_once() -> None:
    answer = AnswerText()
    answer.files.show("assistant-1")
    answer.add("", [])
    note: Json = {"type": "file_path", "file_path": {"file_id": "assistant-1"}, "text": LINK}
    answer.add(f"[x]({LINK})", [note])
    answer.settle()
    assert [file.name for file in answer.files.listed] == ["a.csv"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("words", "words"),
        ("See (s", "See ("),
        ("See (sandb", "See ("),
        (f"See ({LINK}", "See ("),
        ("sand", ""),
        ("thousand", "thousand"),
    ],
)
def test_what_may_become_a_link_is_held_back(text: str, shown: str) -> None:
    assert before_links(text) == shown
