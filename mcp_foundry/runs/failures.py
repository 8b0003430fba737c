"""What is told where a run cannot be followed: whose failure it is, and what becomes of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_foundry.contract.answers import CANCELLED, Answer
from mcp_foundry.contract.errors import FoundryError, NotSent
from mcp_foundry.service.refusals import run_failed

if TYPE_CHECKING:
    from mcp_foundry.agents.question import Question, RunIds
    from mcp_foundry.agents.reader import RunReader

# The service's own failures and the way to it: a read may be tried again after these.
PASSING = frozenset({"connection_failed", "service_unavailable", "timeout", "rate_limited"})
# After these the run goes on at the service, whatever became of our asking.
SILENT = PASSING | {"unauthenticated", "forbidden"}
_KEPT_OF_CANCELLED = frozenset({"text", "conversation_id", "answer_id", "usage"})
_RUNS_OWN = frozenset({"run_failed", "content_filtered"})


def is_the_runs_own(failure: FoundryError) -> bool:
    """Whether the run failed, and not our asking for it."""
    return failure.code in _RUNS_OWN and failure.status is None


def of_cancelled(outcome: Answer | FoundryError) -> Answer | FoundryError:
    """Return an outcome; a run that somebody else cancelled has failed whoever waits for it."""
    if not isinstance(outcome, Answer) or outcome.incomplete_reason != CANCELLED:
        return outcome
    about, ended = f"agent '{outcome.agent}'", "the run was cancelled at the service"
    failure = run_failed(about, {}, ended, outcome.answer_id)
    failure.kept = {
        name: value for name, value in outcome.structured().items() if name in _KEPT_OF_CANCELLED
    }
    return failure


def traced(outcome: Answer | FoundryError | None, trace_id: str) -> Answer | FoundryError | None:
    """Return an outcome; that of a run that failed says where it can be seen what came before."""
    if not (trace_id and isinstance(outcome, FoundryError) and outcome.code == "run_failed"):
        return outcome
    return outcome.told_as(f"{outcome} Trace id: {trace_id}.")


def lost(ids: RunIds, reader: RunReader) -> FoundryError:
    """Return what is told of a run that says it is under way, and whose process is no more."""
    failure = FoundryError(
        "run_failed",
        f"answer '{ids.answer_id}' is lost: it is said to be in progress, but the session, or the "
        "process, in which the agent worked on it has ended. It will never come; ask again.",
    )
    if text := reader.answer_so_far("incomplete").text:
        failure.kept = {"text": text}
    return failure


def unknown_start(broken: FoundryError, question: Question, reader: RunReader) -> FoundryError:
    """Return what is told where nobody knows whether a run was started."""
    sentence = (
        f"{broken} That was before the service named the run, so a run may have been started; it "
        "was not started again. Ask again if its work may be done twice."
    )
    if broken.code == "connection_failed" and question.conversation_id and not reader.heard:
        # What Microsoft's agent server does with a streamed turn on a conversation that is locked.
        sentence += " The conversation may have another turn under way: then wait for its answer."
    return broken.told_as(sentence)


def unnamed(about: str, waited: float, silence: float) -> FoundryError:
    """Return what is told where the service took a question and did not say what its run is."""
    return FoundryError(
        "timeout",
        f"{about}: the service took the question and did not name its run within {waited:g} s and "
        f"{silence:g} s more. A run may have been started; it was not started again. Try again "
        "later.",
    )


def held(about: str, waited: float) -> NotSent:
    """Return what is told where a question did not get its turn."""
    return NotSent(
        "timeout",
        f"{about}: not asked within {waited:g} s, held back by earlier questions or by the "
        "service's rate limit. Nothing was started or paid: ask again later, or have "
        "MCP_FOUNDRY_CONCURRENCY, MCP_FOUNDRY_PER_USER or MCP_FOUNDRY_MAX_WAIT raised.",
    )


def of_answer(failure: FoundryError, ids: RunIds) -> FoundryError:
    """Return what is told where an answer cannot be fetched."""
    if failure.code == "conversation_not_found":
        return failure.told_as(
            f"answer '{ids.answer_id}': the service has no such answer (HTTP {failure.status}). "
            "Pass answer_id as the unfinished answer gave it; answers are kept for 30 days, in the "
            "project that they were asked in. If it is right, ask the question anew."
        )
    if failure.code not in SILENT:
        return failure
    return failure.told_as(
        f"{failure} The run goes on at the service: call get_answer with "
        f"answer_id={ids.answer_id} later."
    )


def ended_with_connection(question: Question, failure: FoundryError) -> FoundryError:
    """Return what is told of a run outside the service's background, of which nothing arrived."""
    return FoundryError(
        "connection_failed",
        f"{question.about}: the connection broke before any text came, and the run ended with it: "
        "the service did not run it in its background. Ask again.",
        status=failure.status,
        request_id=failure.request_id,
    )
