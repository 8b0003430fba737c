"""From the body of a request to a run under way."""

from mcp_foundry.emulator.classic.run import ClassicRun
from mcp_foundry.emulator.classic.shapes import message_text, run_body
from mcp_foundry.emulator.files.noticing import notice_part, notice_upload
from mcp_foundry.emulator.http.calls import Call
from mcp_foundry.emulator.model.acts import Question, Reply
from mcp_foundry.emulator.store.records import Thread
from mcp_foundry.emulator.wire.values import Json, as_list, as_object, as_text

CHARACTERS_PER_TOKEN = 4
LIFETIME = 600.0


def new_run(call: Call, thread: Thread[ClassicRun], agent: Json) -> ClassicRun:
    """A run on a thread that has not begun yet."""
    body = run_body(call.body, agent, thread.info["id"], LIFETIME)
    cost = sum(len(message_text(message)) for message in thread.messages) // CHARACTERS_PER_TOKEN
    run = ClassicRun(body, thread.messages, call.engine, call.fault, 10 + cost)
    run.agent = f"{agent['name']} ({agent['id']})" if agent["name"] else agent["id"]
    return run


def question_to(
    run: ClassicRun, thread: Thread[ClassicRun], replies: tuple[Reply, ...] = ()
) -> Question:
    """What the model is told: the thread so far, and the message or the replies to answer."""
    said = [(as_text(each["role"]), message_text(each)) for each in thread.messages]
    asks = not replies and bool(said) and said[-1][0] == "user"
    message = said.pop()[1] if asks else ""
    newest = thread.messages[-1] if asks else {}
    parts = tuple(as_object(part) for part in as_list(newest.get("content")))
    sent = [as_text(as_object(each).get("file_id")) for each in as_list(newest.get("attachments"))]
    files = run.engine.files
    attached = [*(notice_part(part, files) for part in parts)]
    attached += [notice_upload(each, files) for each in sent]
    return Question(
        agent=run.agent,
        instructions=as_text(run.body["instructions"]),
        message=message,
        earlier=tuple(said),
        replies=replies,
        directives=message,
        attached=tuple(filter(None, attached)),
        parts=parts,
    )
