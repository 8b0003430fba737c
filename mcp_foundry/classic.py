"""The classic generation: threads, messages and runs.

The service retires it on 2027-03-31. To delete it: this file, its row in `session.py`, and
`tests/test_classic_agents.py`.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from mcp_foundry.agents import Question, RunIds, RunReader, body_of, run_failed
from mcp_foundry.citations import AnswerText
from mcp_foundry.errors import FoundryError
from mcp_foundry.results import Answer, Pending, Usage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AsyncExitStack

    from mcp_foundry.results import GenerationName, Json, Status
    from mcp_foundry.wire import Wire

_VERSION = "?api-version=v1"
# Runs that wait for replies expire at the service; what is forgotten here is asked there.
_PAUSED = 200


class Classic:
    """Asks agents of the classic generation."""

    name: GenerationName = "classic"

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        # What runs that wait for replies wrote before: thread → (run, its messages).
        self._paused: OrderedDict[str, tuple[Json, list[Json]]] = OrderedDict()

    async def prepare(self, question: Question) -> Question:
        """Resolve replies to the run that waits for them; every thread is durable already."""
        thread = question.conversation_id.partition("/")[0]
        if not question.replies:
            return replace(question, conversation_id="" if thread == "new" else thread)
        if thread not in self._paused:
            run = await self._newest_run(thread, question.about)
            if run.get("status") != "requires_action":
                raise FoundryError(
                    "invalid_request",
                    f"conversation '{thread}' waits for no replies: its newest run is "
                    f"{run.get('status') or 'not there'}. Ask again with a message.",
                )
            self._pause(run, await self._messages(thread, run["id"], question.about))
        run, _ = self._paused[thread]
        return Question("", run["assistant_id"], f"{thread}/{run['id']}", question.replies)

    async def open(self, question: Question, stack: AsyncExitStack) -> AsyncIterator[bytes]:
        """Send the question as one streamed request."""
        path, body = _request(question)
        return await stack.enter_async_context(self._wire.stream(path, body, question.about))

    def reader(self, question: Question) -> RunReader:
        """Return what reads a run's stream."""
        thread = question.conversation_id.partition("/")[0]
        earlier = self._paused.pop(thread, ({}, []))[1] if question.replies else []
        return _ClassicReader(question, earlier, self._pause)

    def _pause(self, run: Json, messages: list[Json]) -> None:
        self._paused[run["thread_id"]] = run, messages
        while len(self._paused) > _PAUSED:
            self._paused.popitem(last=False)

    async def fetch(self, ids: RunIds) -> Answer:
        """Return the run's answer from the run and its messages."""
        thread, _, run_id = ids.answer_id.partition("/")
        about = f"answer '{ids.answer_id}'"
        run = await self._wire.fetch("GET", _run_path(thread, run_id), about)
        if run["status"] in {"queued", "in_progress", "cancelling"}:
            return Answer(
                status="in_progress",
                agent=run.get("assistant_id") or ids.agent,
                generation="classic",
                conversation_id=thread,
                answer_id=ids.answer_id,
            )
        return answer_of(run, await self._messages(thread, run_id, about))

    async def find(self, question: Question, conversation_id: str, seconds: float) -> RunIds | None:
        """Return the thread's newest run, if the service created it after we asked.

        The service's own clock decides (the `Date` of its reply), for ours may differ.
        """
        thread, _, run_id = conversation_id.partition("/")
        if run_id:
            return RunIds(conversation_id, thread, question.agent)
        if not thread:
            return None
        run = await self._newest_run(thread, question.about)
        now = self._wire.service_time
        # Two seconds: both of the service's times are cut to whole ones.
        if run and now and run["created_at"] >= now - seconds - 2:
            return RunIds(f"{thread}/{run['id']}", thread, run["assistant_id"])
        return None

    async def cancel(self, ids: RunIds) -> None:
        """Cancel the run."""
        thread, _, run = ids.answer_id.partition("/")
        path = _run_path(thread, run, "/cancel")
        await self._wire.fetch("POST", path, f"answer '{ids.answer_id}'", body={})

    async def _newest_run(self, thread: str, about: str) -> Json:
        path = f"/threads/{quote(thread)}/runs{_VERSION}&limit=1&order=desc"
        page = await self._wire.fetch("GET", path, about)
        return page["data"][0] if page["data"] else {}

    async def _messages(self, thread: str, run: str, about: str) -> list[Json]:
        path = (
            f"/threads/{quote(thread)}/messages{_VERSION}&run_id={quote(run)}&order=asc&limit=100"
        )
        found: list[Json] = []
        after = ""
        while True:
            page = await self._wire.fetch("GET", path + after, about)
            found += page["data"]
            if not page.get("has_more") or not page["data"]:
                return found
            after = f"&after={quote(page['last_id'])}"


def _run_path(thread: str, run: str, action: str = "") -> str:
    return f"/threads/{quote(thread)}/runs/{quote(run)}{action}{_VERSION}"


def _request(question: Question) -> tuple[str, Json]:
    thread, _, run = question.conversation_id.partition("/")
    if question.replies:
        outputs = [r for r in question.replies if r.output is not None]
        approvals = [r for r in question.replies if r.output is None]
        body: Json = {"stream": True}
        if outputs:
            body["tool_outputs"] = [{"tool_call_id": r.id, "output": r.output} for r in outputs]
        if approvals:
            body["tool_approvals"] = [
                {"tool_call_id": r.id, "approve": bool(r.approve)} for r in approvals
            ]
        return _run_path(thread, run, "/submit_tool_outputs"), body
    body = {"assistant_id": question.agent, "stream": True}
    message = {"role": "user", "content": question.message}
    if thread:
        body["additional_messages"] = [message]
        return f"/threads/{quote(thread)}/runs{_VERSION}", body
    body["thread"] = {"messages": [message]}
    return f"/threads/runs{_VERSION}", body


_ENDS = frozenset(
    f"thread.run.{end}".encode()
    for end in ("completed", "requires_action", "failed", "incomplete", "cancelled", "expired")
)
_BEGINS = frozenset((b"thread.run.created", b"thread.run.queued", b"thread.run.in_progress"))


class _ClassicReader(RunReader):
    deferred = frozenset((b"thread.message.delta", b"thread.run.step.delta"))

    def __init__(
        self,
        question: Question,
        earlier: list[Json],
        pause: Callable[[Json, list[Json]], None],
    ) -> None:
        super().__init__(question)
        self._messages = list(earlier)
        self._pause = pause

    def act(self, name: bytes, data: bytes) -> None:
        if name in _ENDS:
            run = body_of(data)
            self._begin(run)
            try:
                self.outcome = answer_of(run, self._messages)
            except FoundryError as failure:
                self.outcome = failure
            if name == b"thread.run.requires_action":
                self._pause(run, self._messages)
        elif name == b"thread.message.completed":
            self._messages.append(body_of(data))
        elif self.ids is None and name in _BEGINS:
            self._begin(body_of(data))
        elif name == b"thread.created":
            self.conversation_id = body_of(data)["id"]
        elif name == b"error":
            event = body_of(data)
            error = event.get("error") or event
            self.broken = run_failed(self.question.about, error, "the stream ended with an error")

    def _begin(self, run: Json) -> None:
        self.ids = RunIds(f"{run['thread_id']}/{run['id']}", run["thread_id"], run["assistant_id"])

    def read(self, name: bytes, data: bytes) -> None:
        if name == b"thread.run.step.delta":
            calls = body_of(data)["delta"]["step_details"].get("tool_calls") or []
            # Later deltas of a step bring arguments and outputs; the first names the tool.
            named = [call for call in calls if call.get("id")]
            if named:
                self.doing(activity_of(named[-1]), len(data))
            return
        event = body_of(data)
        for part in event["delta"]["content"]:
            if part["type"] == "text":
                self.wrote(event["id"], (part.get("text") or {}).get("value") or "")


def answer_of(run: Json, messages: list[Json]) -> Answer:
    """Return the answer of a run that is at its end, or waits.

    Args:
        run: The run as the service sent it.
        messages: The messages that the run wrote, the oldest first.

    Raises:
        FoundryError: The run failed, expired or was cancelled.
    """
    status = str(run["status"])
    about = f"agent '{run['assistant_id']}'"
    if status not in {"completed", "incomplete", "requires_action"}:
        ended = "was cancelled" if status == "cancelled" else status
        raise run_failed(about, run.get("last_error"), f"the run {ended} at the service")
    text = AnswerText()
    for message in messages:
        if message.get("role") != "assistant":
            continue
        text.begin_message()
        for part in message.get("content") or []:
            _add(part, text)
    usage: Json = run.get("usage") or {}
    ended_as: Status = status  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType] - the set above
    return Answer(
        status=ended_as,
        text=text.text,
        agent=run["assistant_id"],
        generation="classic",
        conversation_id=run["thread_id"],
        answer_id=f"{run['thread_id']}/{run['id']}",
        citations=text.citations,
        pending=_pending(run) if status == "requires_action" else [],
        usage=Usage(
            input_tokens=usage.get("prompt_tokens") or 0,
            output_tokens=usage.get("completion_tokens") or 0,
            total_tokens=usage.get("total_tokens") or 0,
        )
        if usage
        else None,
        incomplete_reason=str((run.get("incomplete_details") or {}).get("reason") or ""),
    )


def _add(part: Json, text: AnswerText) -> None:
    match part.get("type"):
        case "text":
            text.add(part["text"].get("value") or "", part["text"].get("annotations") or [])
        case "image_file":
            text.add_image(part["image_file"]["file_id"])
        case "refusal":
            text.add(part.get("refusal") or "", [])
        case _:
            pass


def _pending(run: Json) -> list[Pending]:
    action: Json = run.get("required_action") or {}
    kind: Any = "approval" if action.get("type") == "submit_tool_approval" else "function_call"
    calls: list[Json] = (action.get(str(action.get("type"))) or {}).get("tool_calls") or []
    return [
        Pending(
            id=call["id"],
            kind=kind,
            name=str((call.get("function") or call).get("name") or ""),
            server=str(call.get("server_label") or ""),
            arguments=str((call.get("function") or call).get("arguments") or ""),
        )
        for call in calls
    ]


def activity_of(call: Json) -> str:
    """Return a line on what a tool call of a run step says the agent is doing."""
    match call.get("type"):
        case "bing_grounding" | "bing_custom_search" | "browser_automation":
            return "Searching the web…"
        case "file_search" | "azure_ai_search" | "sharepoint_grounding" | "microsoft_fabric":
            return "Searching files…"
        case "code_interpreter":
            return "Running code…"
        case "mcp":
            return f"Calling {call.get('server_label')}.{call.get('name')}…"
        case "function":
            return f"Calling {(call.get('function') or {}).get('name')}…"
        case other:
            return f"Using {str(other).replace('_', ' ')}…"
