"""The answer that a response holds."""

from __future__ import annotations

import pytest

from mcp_foundry.agents.citations import AnswerText
from mcp_foundry.agents.question import Question
from mcp_foundry.agents.responses.answers import add_content, answer_of
from mcp_foundry.server.next_steps import NextSteps


@pytest.mark.parametrize("link", ["http://login.example.com/", "javascript:alert(1)", "", None])
def test_a_link_that_is_not_https_is_withheld(link: str | None) -> None:
    request = {"type": "oauth_consent_request", "id": "o", "consent_link": link}
    response = {"id": "resp_1", "status": "completed", "output": [request]}
    answer = answer_of(response, Question("", "helper"))
    assert answer.pending[0].url == ""
    told = NextSteps(may_approve=False, can_ask=False).told(answer)
    assert "its link is not https and was withheld" in told.as_text()
    assert not link or link not in answer.as_text()


@pytest.mark.parametrize("content", ["text", {"text": "alone"}, 7, None])
def test_content_of_a_kind_that_nobody_knew_says_nothing(content: object) -> None:
    text = AnswerText()
    add_content({"type": "message", "content": content}, text)
    assert text.text == ""
