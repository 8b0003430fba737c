"""From the body of a request to a run under way."""

from collections.abc import Iterator

from mcp_foundry.emulator.classic.items import as_item, as_part, called
from mcp_foundry.emulator.classic.run import ClassicRun
from mcp_foundry.emulator.classic.shapes import message_text, run_body
from mcp_foundry.emulator.files.noticing import notice_part, notice_upload
from mcp_foundry.emulator.http.calls import Call
from mcp_foundry.emulator.model.question import Question, Reply
from mcp_foundry.emulator.store.records import Thread
from mcp_foundry.emulator.wire.values import CHARACTERS_PER_TOKEN, Json, as_list, as_object, as_text

LIFETIME = 600.0


def new_run(call: Call, thread: Thread[ClassicRun], agent: Json) -> ClassicRun:
    """A run on a thread that has not begun yet."""
    body = run_body(call.body, agent, thread.info["id"], LIFETIME)
    cost = sum(len(message_text(message)) for message in thread.messages) // CHARACTERS_PER_TOKEN
    run = ClassicRun(body, thread.messages, call.engine, call.fault, 10 + cost)
    given = as_object(call.body.get("tool_resources"))
    run.resources = {**as_object(agent["tool_resources"]), **given}
    run.agent = f"{agent['name']} ({agent['id']})" if agent["name"] else agent["id"]
    return run


def question_to(
    run: ClassicRun, thread: Thread[ClassicRun], replies: tuple[Reply, ...] = ()
) -> Question:
    """What the model is told: the thread so far, and the message or the replies to answer."""
    messages = [as_item(each) for each in thread.messages]
    asks = not replies and bool(messages) and messages[-1]["role"] == "user"
    newest = thread.messages[-1] if asks else {}
    parts = tuple(as_part(as_object(part)) for part in as_list(newest.get("content")))
    sent = [as_text(as_object(each).get("file_id")) for each in as_list(newest.get("attachments"))]
    files = run.engine.files
    attached = [*(notice_part(part, files) for part in parts)]
    attached += [notice_upload(each, files) for each in [*sent, *_for_code(run, thread)]]
    message = message_text(newest) if asks else ""
    limit = run.body["max_completion_tokens"]
    return Question(
        agent=run.agent,
        instructions=as_text(run.body["instructions"]),
        message=message,
        history=(*(messages[:-1] if asks else messages), *called(run.steps)),
        replies=replies,
        directives=message,
        attached=tuple(filter(None, attached)),
        parts=parts,
        tools=tuple(_at_hand(run, thread)),
        choice=run.body["tool_choice"],
        text_format=as_object(run.body["response_format"]),
        limit=limit if isinstance(limit, int) else 0,
        sampling={name: run.body[name] for name in ("temperature", "top_p") if run.body[name]},
        lookup=files,
    )


def _resources(run: ClassicRun, thread: Thread[ClassicRun]) -> list[Json]:
    return [run.resources, as_object(thread.info.get("tool_resources"))]


def _for_code(run: ClassicRun, thread: Thread[ClassicRun]) -> list[str]:
    """The files that the code interpreter was given, where there is one."""
    if all(as_object(tool).get("type") != "code_interpreter" for tool in run.body["tools"]):
        return []
    given = [as_object(each.get("code_interpreter")) for each in _resources(run, thread)]
    return [as_text(each) for one in given for each in as_list(one.get("file_ids"))]


def _at_hand(run: ClassicRun, thread: Thread[ClassicRun]) -> Iterator[Json]:
    """The tools of a run, each with the resources that the run, its agent and thread have for it.

    A file that comes with a message for file search is searched as if it were in a store of the
    thread.
    """
    held = _resources(run, thread)
    declared = [as_object(tool) for tool in as_list(run.body["tools"])]
    # Documented: what comes with a message for a tool lets the agent use it.
    sent = [as_object(each) for one in thread.messages for each in as_list(one.get("attachments"))]
    wanted = [as_object(tool) for each in sent for tool in as_list(each.get("tools"))]
    known = {tool.get("type") for tool in declared}
    brought = {as_text(tool.get("type")): tool for tool in wanted if tool.get("type") not in known}
    for tool in [*declared, *brought.values()]:
        kind = as_text(tool.get("type"))
        given = [as_object(each.get(kind)) for each in held]
        stores = [each for one in given for each in as_list(one.get("vector_store_ids"))]
        rules = [as_object(each) for one in held for each in as_list(one.get("mcp"))]
        rule = [each for each in rules if each.get("server_label") == tool.get("server_label")]
        yield {
            **tool,
            **({"vector_store_ids": stores} if kind == "file_search" else {}),
            **({"require_approval": rule[-1].get("require_approval")} if rule else {}),
        }
