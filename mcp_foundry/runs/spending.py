"""What questions cost: counted for each agent, and kept below a budget."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING

from mcp_foundry.contract.answers import Answer, Usage
from mcp_foundry.contract.errors import FoundryError, NotSent

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp_foundry.agents.question import Question

_HOUR = 3600
# What a token takes of a text in bytes, about; and what an agent answers that was never asked.
_BYTES_PER_TOKEN = 4
_FIRST_ANSWER = 256


@dataclass
class Spent:
    """What one agent has cost since the start."""

    answers: int = 0
    usage: Usage = field(default_factory=Usage)


class Claim:
    """Tokens set aside for one question, until its answer says what it took."""

    def __init__(self, agent: str, tokens: int, spending: Spending) -> None:
        self.tokens = tokens
        self._agent = agent
        self._spending = spending

    def settle(self, outcome: Answer | FoundryError | None) -> None:
        """Put what was taken in the place of the claim.

        What failed on its way took nothing. Of anything else that tells no usage it is not known,
        and the estimate stands.
        """
        usage = outcome.usage if isinstance(outcome, Answer) else None
        if usage is not None and isinstance(outcome, Answer):
            self._spending.count(outcome.agent.partition(":")[0] or self._agent, usage)
        taken = usage.total_tokens if usage else self.tokens
        self._spending.settle(self.tokens, 0 if _took_nothing(outcome) else taken)


def _took_nothing(outcome: object) -> bool:
    # A refusal has a status; a run that failed at the service has none, and may have cost.
    return isinstance(outcome, NotSent) or (
        isinstance(outcome, FoundryError) and outcome.status is not None
    )


class Spending:
    """Counts tokens, and sets aside what a question may take before it is sent.

    Args:
        budget: Tokens that may be spent in any hour; 0 for any number.
        clock: Seconds, ever growing.

    Attributes:
        by_agent: What each has cost since the start.
    """

    def __init__(self, budget: int, clock: Callable[[], float] = monotonic) -> None:
        self.by_agent: dict[str, Spent] = {}
        self._budget = budget
        self._clock = clock
        self._claimed = 0
        # The last hour: (second, tokens), the oldest first.
        self._hour: deque[tuple[int, int]] = deque()
        self._in_hour = 0

    @property
    def counts(self) -> bool:
        """Whether what was spent lately has to be known: there is a budget, and it is an hour."""
        return bool(self._hour) and self._hour[-1][0] > self._clock() - _HOUR

    def claim(self, question: Question) -> Claim:
        """Set aside what a question may take.

        Its size says what goes in; what comes out, that agent's answers so far.

        Raises:
            FoundryError: `budget_exhausted`, with the seconds after which it would fit.
        """
        agent = question.agent.partition(":")[0]
        size = sum(len(reply.output or "") for reply in question.replies) + len(question.message)
        size += sum(file.weight for file in question.files)
        known = self.by_agent.get(agent)
        mean = known.usage.output_tokens // known.answers if known else _FIRST_ANSWER
        tokens = size // _BYTES_PER_TOKEN + 1 + mean
        if self._budget:
            self._check(tokens, question.about)
        self._claimed += tokens
        return Claim(agent, tokens, self)

    def count(self, agent: str, usage: Usage) -> None:
        """Add one answer to what its agent has cost."""
        spent = self.by_agent.setdefault(agent, Spent())
        spent.answers += 1
        total = spent.usage
        total.input_tokens += usage.input_tokens
        total.output_tokens += usage.output_tokens
        total.total_tokens += usage.total_tokens

    def settle(self, claimed: int, taken: int) -> None:
        """Release a claim, and note what was taken in its place."""
        self._claimed -= claimed
        if not (self._budget and taken):
            return
        second = int(self._clock())
        self._in_hour += taken
        if self._hour and self._hour[-1][0] == second:
            taken += self._hour.pop()[1]
        self._hour.append((second, taken))

    def _check(self, tokens: int, about: str) -> None:
        now = self._clock()
        while self._hour and self._hour[0][0] <= now - _HOUR:
            self._in_hour -= self._hour.popleft()[1]
        over = self._in_hour + self._claimed + tokens - self._budget
        if over <= 0:
            return
        told = f"{about}: not asked, for about {tokens:,} tokens do not fit into the budget of "
        limit = f"{self._budget:,} in any hour (MCP_FOUNDRY_BUDGET)"
        if tokens > self._budget:
            raise NotSent(
                "budget_exhausted",
                f"{told}{limit}, now or later. Shorten the message, or have the person who runs "
                "this server raise it.",
            )
        wait = self._wait(over, now)
        under_way = f" and {self._claimed:,} set aside for questions under way"
        raise NotSent(
            "budget_exhausted",
            f"{told}{limit}: {self._in_hour:,} are spent{under_way if self._claimed else ''}. It "
            f"will fit in {wait} s at the latest; or have the budget raised.",
            retry_after=wait,
        )

    def _wait(self, over: int, now: float) -> int:
        """Return the seconds until so many tokens are an hour old."""
        for second, taken in self._hour:
            over -= taken
            if over <= 0:
                return max(1, int(second + _HOUR - now) + 1)
        return _HOUR  # the rest is set aside, and will be spent by then
