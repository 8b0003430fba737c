"""Whom a command line asks, and what: of one word it may be either."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mcp_foundry.commands.arguments import UsageError
from mcp_foundry.commands.talking.stdin import StdinText, is_terminal
from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.contract.identifiers import check_agent

if TYPE_CHECKING:
    from collections.abc import Sequence

STDIN = "-"
_EXAMPLE = 'For example: mcp-foundry ask AGENT "What can you do?"'


class Wording(NamedTuple):
    """What the words of a command line say.

    Attributes:
        agent: Whom they ask; empty where they leave that open.
        message: What they ask.
        doubt: The one word that may be an agent's name as well as a text before what stdin
            brought; empty where that is clear, and then `agent` is the former reading.
    """

    agent: str
    message: str
    doubt: str = ""

    def with_text(self) -> Wording:
        """Return the other reading: the word is text."""
        return Wording("", joined(self.doubt, self.message))


def read_wording(words: Sequence[str], *, agent_known: bool, agent_set: bool, most: int) -> Wording:
    """Read the words, and stdin where they leave it a place.

    Args:
        words: AGENT TEXT, or one of them.
        agent_known: Whether a question can do without one: there is a default agent, or the
            conversation has one.
        agent_set: Whether an agent was given beside the words, so that none of them is one.
        most: The most bytes that stdin may bring.

    Raises:
        UsageError: There is no message, or it cannot be read.
    """
    *before, last = words or [STDIN]
    if any("\ud800" <= character <= "\udfff" for word in words for character in word):
        raise UsageError("an argument is not text in the encoding of this system.")
    if len(before) > 1 or (before and not _may_be_agent(before[0])):
        what = (
            f"{len(words)} words came" if len(before) > 1 else f"'{before[0]}' is no agent's name"
        )
        raise UsageError(f"ask takes AGENT and TEXT: {what}. Put the text in quotes. {_EXAMPLE}")
    if not words and is_terminal():
        raise UsageError(f"ask needs a message. {_EXAMPLE}")
    brought = ""
    if last == STDIN or not is_terminal():
        brought = StdinText(most).text()
    text = "" if last == STDIN else last
    if before or not text:
        wording = Wording(before[0] if before else "", joined(text, brought))
    else:
        wording = _of_one(text, brought, agent_known=agent_known, agent_set=agent_set)
    if not wording.message.strip():
        raise UsageError(f"the message is empty. {_EXAMPLE}")
    return wording


def joined(text: str, brought: str) -> str:
    """Return a text and, below it, what stdin brought."""
    # A file ends its last line, and a message need not.
    return "\n\n".join(filter(str.strip, (text, brought.rstrip("\r\n"))))


def _of_one(word: str, brought: str, *, agent_known: bool, agent_set: bool) -> Wording:
    if not brought.strip():
        if not agent_known and not agent_set and _may_be_agent(word):
            raise UsageError(
                f"'{word}' is the message or the agent? Give both (mcp-foundry ask {word} "
                f'"..."), or set a default agent (--agent, FOUNDRY_AGENT_NAME).'
            )
        return Wording("", word)
    if agent_set or not _may_be_agent(word):
        return Wording("", joined(word, brought))
    return Wording(word, joined("", brought), word if agent_known else "")


def _may_be_agent(word: str) -> bool:
    try:
        check_agent(word)
    except FoundryError:
        return False
    return True
