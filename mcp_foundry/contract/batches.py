"""What a batch answers: what its answers have in common is said once, and first."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from mcp_foundry.contract.answers import Answer, Result, Usage

if TYPE_CHECKING:
    from collections.abc import Sequence

# Which ids whoever reads an answer of a batch needs. An id costs a model 30 tokens, and that of any
# answer can be had by its number.
_IDS = {
    "in_progress": ("answer_id",),
    "requires_action": ("conversation_id", "answer_id"),
    "incomplete": ("conversation_id",),
}


class BatchAnswer(Result):
    """The answers of a batch, in the order of its requests."""

    status: Literal["completed", "in_progress"]
    batch_id: str
    completed: int
    failed: int
    unfinished: Annotated[int, Field(description="Neither: under way, or see their status")]
    usage: Usage | None = None
    agent: Annotated[str, Field(description="Of every answer that names none")] = ""
    next: str = ""
    answers: list[Answer]

    @classmethod
    def of(
        cls,
        batch_id: str,
        answers: Sequence[Answer | None],
        places: Sequence[int],
        *,
        ended: bool,
        in_parts: bool,
    ) -> BatchAnswer:
        """Return what is told of a batch.

        Args:
            batch_id: Its name.
            answers: One for each request; None where it was not asked yet.
            places: Which of them are told now, in their order.
            ended: Whether the batch goes on no more.
            in_parts: Whether it is told in more than one; then each answer has its number.
        """
        known = [answer for answer in answers if answer]
        agents = Counter(answer.agent for answer in known if answer.agent)
        agent = agents.most_common(1)[0][0] if agents else ""
        completed = sum(answer.status == "completed" for answer in known)
        failed = sum(answer.status == "failed" for answer in known)
        return cls(
            status="completed" if ended else "in_progress",
            batch_id=batch_id,
            completed=completed,
            failed=failed,
            unfinished=len(answers) - completed - failed,
            usage=Usage.sum(answer.usage for answer in known),
            agent=agent,
            answers=[
                _brief(answer, agent, place + 1 if in_parts else None)
                for place in places
                if (answer := answers[place])
            ],
        )

    def as_text(self) -> str:
        """Each answer under its number, and a line that counts them."""
        counts = {
            "batch_id": self.batch_id,
            "completed": self.completed,
            "failed": self.failed,
            "other": self.unfinished,
            "tokens": self.usage.total_tokens if self.usage else 0,
        }
        parts = [
            "\n\n".join(
                filter(None, (f"{answer.number or place}. {answer.as_text()}", answer.made()))
            )
            for place, answer in enumerate(self.answers, 1)
        ]
        footer = " · ".join(f"{name}: {value}" for name, value in counts.items())
        return "\n\n".join([*parts, *filter(None, [self.next]), f"[{footer}]"])


def _brief(answer: Answer, agent: str, number: int | None) -> Answer:
    """Return an answer without what its batch says, and without ids that nobody needs."""
    needed = _IDS.get(answer.status, ())
    left_out = {name: "" for name in ("conversation_id", "answer_id") if name not in needed}
    same = {"agent": ""} if answer.agent == agent else {}
    kept = {"usage": None, "generation": None, "number": number}
    return answer.model_copy(update={**left_out, **same, **kept})
