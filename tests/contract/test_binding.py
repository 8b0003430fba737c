"""Ids that open something for one caller only."""

from __future__ import annotations

import pytest

from mcp_foundry.contract.binding import Binding, without_proof
from mcp_foundry.contract.errors import FoundryError

OLD, NEW = b"an old key of thirty-two bytes or so", b"a new key of thirty-two bytes or so"
PLACE, ALICE, BOB = "https://a.example/api/projects/p", "tenant.alice", "tenant.bob"
IDS = [
    "resp_abc",
    "conv_abc-1",
    "thread_1",
    "thread_1/run_2",
    "helper/caresp_3",
    "batch_0123456789",
    "foundry://files/cntr_1/cfile_2/chart.v1.png",
    "foundry://files/helper/caresp_3/ig_4.png",
    "assistant-12345",
]


@pytest.mark.parametrize("identifier", IDS)
def test_an_id_comes_back_as_it_was(identifier: str) -> None:
    binding = Binding([NEW], PLACE, ALICE)
    bound = binding.bind(identifier)
    assert bound != identifier
    assert len(bound) == len(identifier) + 23
    assert binding.open(bound, "conversation") == identifier
    assert without_proof(bound) == identifier
    assert without_proof(identifier) == identifier


def test_the_name_of_a_file_and_the_number_in_a_batch_stay_at_the_end() -> None:
    binding = Binding([NEW], PLACE, ALICE)
    assert binding.bind(IDS[6]).endswith("/cfile_2/chart.v1.png")
    batch = binding.bind("batch_1")
    assert binding.open(f"{batch}/3", "answer") == "batch_1/3"


@pytest.mark.parametrize("identifier", IDS)
def test_bare_altered_and_foreign_ids_are_alike(identifier: str) -> None:
    mine, bound = Binding([NEW], PLACE, ALICE), Binding([NEW], PLACE, ALICE).bind(identifier)
    others = [Binding([NEW], PLACE, BOB), Binding([NEW], "https://b.example", ALICE)]
    altered = bound.replace("1", "2").replace("c", "d", 1)
    told: set[str] = set()
    for wrong in (identifier, altered, *(other.bind(identifier) for other in others)):
        with pytest.raises(FoundryError) as refusal:
            mine.open(wrong, "conversation")
        assert refusal.value.code == "conversation_not_found"
        told.add(str(refusal.value).replace(wrong, "ID"))
    assert len(told) == 1


def test_a_key_that_signs_no_more_still_opens() -> None:
    before = Binding([OLD], PLACE, ALICE).bind("resp_1")
    after = Binding([NEW, OLD], PLACE, ALICE)
    assert after.open(before, "answer") == "resp_1"
    assert Binding([OLD, NEW], PLACE, ALICE).open(after.bind("resp_1"), "answer") == "resp_1"
    with pytest.raises(FoundryError):
        Binding([NEW], PLACE, ALICE).open(before, "answer")


def test_where_one_calls_alone_ids_are_the_services_own() -> None:
    alone = Binding()
    assert alone.bind("resp_1") == "resp_1"
    assert alone.open("resp_1", "answer") == "resp_1"
    assert not alone.binds


@pytest.mark.parametrize("place", ["", "new"])
def test_no_id_and_a_new_one_need_no_proof(place: str) -> None:
    binding = Binding([NEW], PLACE, ALICE)
    assert binding.bind(place) == binding.open(place, "conversation") == place


def test_a_failure_is_told_in_the_ids_that_were_passed_and_in_no_others() -> None:
    mine = Binding([NEW], PLACE, ALICE)
    bound = mine.bind("resp_1")
    told = mine.told("'resp_1' is busy, 'resp_2' is not", {"ids": [{"a": bound}, "resp_2"]})
    assert told == f"'{bound}' is busy, 'resp_2' is not"
    assert mine.told(f"'{bound}' is bad", {"a": bound}) == f"'{bound}' is bad"
