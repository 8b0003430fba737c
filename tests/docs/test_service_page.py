"""What the page of the service has its reader type beside commands of this program."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys

from tests.docs.pages import SERVICE

PAGE = SERVICE.read_text("utf-8")


def test_the_address_that_codex_comes_back_to_is_found_as_it_makes_it() -> None:
    (line,) = re.findall(r"^python3 (-c .*)$", PAGE, re.MULTILINE)
    told = subprocess.run(  # noqa: S603 - a line of our own page
        [sys.executable, *shlex.split(line)], check=True, capture_output=True, text=True
    )
    # Nine bytes of SHA-256 in base64url: so people found it of Codex 0.146 to 0.153.
    assert told.stdout == "http://127.0.0.1/callback/fmKHp7bXu5jO\n"


def test_each_status_that_a_client_may_meet_is_told_with_what_to_do() -> None:
    table = PAGE.partition("| it says | do |")[2].partition("\n\n")[0]
    told = set(re.findall(r"^\| (\d{3})\b", table, re.MULTILINE))
    assert told == {"401", "403", "404", "413", "421", "429", "500", "503"}
