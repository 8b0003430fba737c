"""What the scripted model does with the tools that are declared."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from mcp_foundry.emulator.model.acts import (
    Act,
    AskApproval,
    CallFunction,
    CallMcp,
    Citation,
    Draw,
    Hit,
    Leave,
    ListTools,
    RunCode,
    Search,
    SearchFiles,
    UseTool,
    WriteFile,
)
from mcp_foundry.emulator.model.choosing import FUNCTIONS, choose, details
from mcp_foundry.emulator.model.inventing import invent
from mcp_foundry.emulator.model.pictures import picture
from mcp_foundry.emulator.model.question import Question
from mcp_foundry.emulator.model.writing import content_of, file_asked_for, split_tokens
from mcp_foundry.emulator.wire.values import Json, as_list, as_object, as_text, encode

CODE = "print(6 * 7)"
PAGE = "https://example.com/"
MOST_SOURCES = 3
MOST_FOUND = 50
LONGEST_PASSAGE = 160
ANYTHING: Json = {"type": "object", "properties": {"query": {"type": "string"}}}


@dataclass(frozen=True)
class Used:
    """One use of a tool: what is done, what the answer says of it, and what it points to.

    Attributes:
        waits: Whether the turn ends with it, for the caller to go on.
    """

    act: Act
    note: str = ""
    sources: tuple[Citation, ...] = ()
    waits: bool = False


def use_tools(question: Question) -> Iterator[Used]:
    """Use what the question is to be answered with, each tool once."""
    for tool in choose(question.tools, question.choice, question.message):
        kind = as_text(tool.get("type"))
        yield from _USES.get(kind, _by_the_service)(details(tool), question)


def approved(question: Question) -> Iterator[CallMcp]:
    """The calls that a person has just approved."""
    for reply in question.replies:
        if reply.approve:
            output = scripted_output(reply.name)
            yield CallMcp(reply.server, reply.name, reply.arguments, output, reply.id)


def use_service(question: Question) -> Iterator[Used]:
    """Use what the question is to be answered with, but for the caller's own functions."""
    others = tuple(tool for tool in question.tools if tool.get("type") not in FUNCTIONS)
    return use_tools(replace(question, tools=others))


def _function(tool: Json, question: Question) -> Iterator[Used]:
    name = as_text(tool.get("name"))
    arguments = invent(as_object(tool.get("parameters")) or ANYTHING, question.message)
    yield Used(CallFunction(name, encode(arguments)), waits=True)


def _custom(tool: Json, question: Question) -> Iterator[Used]:
    fields = {"name": as_text(tool.get("name")), "input": question.message}
    yield Used(Leave("custom_tool_call", fields), waits=True)


def _shell(_: Json, __: Question) -> Iterator[Used]:
    action: Json = {"type": "exec", "command": ["ls"], "env": {}}
    yield Used(Leave("local_shell_call", {"action": action}), waits=True)


def _computer(_: Json, __: Question) -> Iterator[Used]:
    fields: Json = {"action": {"type": "screenshot"}, "pending_safety_checks": []}
    yield Used(Leave("computer_call", fields), waits=True)


def _web(_: Json, question: Question) -> Iterator[Used]:
    page = Citation("url_citation", "【3:0†source】", "An invented page", f"{PAGE}search")
    note = "I searched the web, as a script does: nobody was asked."
    yield Used(Search(question.message), note, (page,))


def _files(tool: Json, question: Question) -> Iterator[Used]:
    stores = [as_text(each) for each in as_list(tool.get("vector_store_ids"))]
    most = tool.get("max_num_results")
    filters = as_object(tool.get("filters")) or None
    limit = min(most, MOST_FOUND) if isinstance(most, int) and most > 0 else 10
    lookup = question.lookup
    found = lookup.find(stores, question.message, limit, filters) if lookup else ()
    if not found:
        yield Used(SearchFiles(question.message, ()), "I searched the files and found nothing.")
        return
    best: dict[str, Hit] = {}
    for hit in found:
        best.setdefault(hit.file_id, hit)
    sources = tuple(
        Citation("file_citation", f"【4:{number}†{hit.filename}】", hit.filename, "", hit.file_id)
        for number, hit in enumerate(islice(best.values(), MOST_SOURCES))
    )
    note = f"I searched the files and found in {found[0].filename}: {_passage(found[0].text)}"
    yield Used(SearchFiles(question.message, found), note, sources)


def _passage(text: str) -> str:
    plain = " ".join(text.split())
    return f"“{plain[:LONGEST_PASSAGE]}{'…' if len(plain) > LONGEST_PASSAGE else ''}”"


def _code(_: Json, question: Question) -> Iterator[Used]:
    name = file_asked_for(question)
    yield Used(RunCode(CODE, "42"), "I ran code, and it printed 42.")
    if name:
        yield Used(WriteFile(name, content_of(name, 0)))


def _mcp(tool: Json, question: Question) -> Iterator[Used]:
    server = as_text(tool.get("server_label"))
    allowed = tool.get("allowed_tools")
    names = as_list(allowed) or as_list(as_object(allowed).get("tool_names")) or ["search"]
    listed = {as_text(each.get("server_label")) for each in question.history if _lists(each)}
    if server not in listed:
        tools = ({"name": each, "description": each, "input_schema": ANYTHING} for each in names)
        yield Used(ListTools(server, tuple(tools)))
    name = as_text(names[0])
    arguments = encode(invent(ANYTHING, question.message))
    if _needs_approval(tool.get("require_approval"), name):
        yield Used(AskApproval(server, name, arguments), waits=True)
    else:
        note = f"I called {server}.{name}, as a script does: nothing was sent to it."
        yield Used(CallMcp(server, name, arguments, scripted_output(name)), note)


def _lists(item: Json) -> bool:
    return item.get("type") == "mcp_list_tools"


def _needs_approval(rule: object, name: str) -> bool:
    """Documented: every call needs approval unless the tool says otherwise."""
    never = as_list(as_object(as_object(rule).get("never")).get("tool_names"))
    always = as_list(as_object(as_object(rule).get("always")).get("tool_names"))
    if isinstance(rule, dict):
        return name in always or (name not in never and not always)
    return rule != "never"


def _draw(_: Json, question: Question) -> Iterator[Used]:
    yield Used(Draw(question.message, picture(question.message, 0)))


def _nothing(_: Json, __: Question) -> Iterator[Used]:
    """A memory store is searched and written where the response is made."""
    yield from ()


def _by_the_service(tool: Json, question: Question) -> Iterator[Used]:
    """A tool that the service calls: nothing is sent to anybody, and the answer says so."""
    kind = as_text(tool.get("type"))
    name = as_text(tool.get("name")) or kind
    arguments, sources = encode({"query": question.message}), _sources(kind)
    if kind == "openapi":
        name, arguments = _operation(tool, question)
    note = f"I used {name}, as a script does: nothing was sent to it."
    yield Used(UseTool(kind, name, arguments, scripted_output(name)), note, sources)


def _sources(kind: str) -> tuple[Citation, ...]:
    """What such a tool is known to cite."""
    if not re.search(r"search|grounding|sharepoint|_iq", kind):
        return ()
    return (Citation("url_citation", "【3:0†source】", "An invented page", PAGE + kind),)


def _operation(tool: Json, question: Question) -> tuple[str, str]:
    """The first operation of an OpenAPI document, and arguments for it."""
    paths = as_object(as_object(tool.get("spec")).get("paths"))
    methods = [each for path in paths.values() for each in as_object(path).values()]
    operations = [each for each in map(as_object, methods) if each]
    first = as_object(next(iter(operations), None))
    parameters = [as_object(each) for each in as_list(first.get("parameters"))]
    properties = {as_text(each.get("name")): as_object(each.get("schema")) for each in parameters}
    name = as_text(first.get("operationId")) or as_text(tool.get("name"))
    return name, encode(invent({"type": "object", "properties": properties}, question.message))


def scripted_output(name: str) -> str:
    """What a tool answers that is not really called."""
    return f"The emulator called {name}."


def sentences(used: Sequence[Used]) -> Iterator[str | Citation]:
    """What the answer says of the tools, with what it points to."""
    for each in used:
        if each.note:
            yield from split_tokens(f" {each.note}")
            for source in each.sources:
                yield " "
                yield source


_USES: dict[str, Callable[[Json, Question], Iterator[Used]]] = {
    "function": _function,
    "custom": _custom,
    "local_shell": _shell,
    "computer": _computer,
    "computer_use_preview": _computer,
    "web_search": _web,
    "web_search_preview": _web,
    "file_search": _files,
    "code_interpreter": _code,
    "mcp": _mcp,
    "image_generation": _draw,
    "memory_search": _nothing,
    "memory_search_preview": _nothing,
}
