"""The scripted model: deterministic, and honest about what it is."""

import sys
from collections.abc import AsyncIterator, Iterable, Iterator
from itertools import islice

from mcp_foundry.emulator.model.acts import (
    Act,
    AskApproval,
    AskConsent,
    CallFunction,
    CallMcp,
    Draw,
    Fail,
    Leave,
    Pause,
    Reason,
    RunCode,
    Say,
    Search,
    Stop,
    WriteFile,
)
from mcp_foundry.emulator.model.choosing import details
from mcp_foundry.emulator.model.directives import Order, find_orders, number, split_call, split_tool
from mcp_foundry.emulator.model.inventing import invent
from mcp_foundry.emulator.model.pictures import picture
from mcp_foundry.emulator.model.question import Model, Question, Reply
from mcp_foundry.emulator.model.using import CODE, approved, scripted_output, sentences, use_tools
from mcp_foundry.emulator.model.writing import (
    FILES,
    cite_all,
    links_to,
    long_answer,
    split_size,
    split_tokens,
    written_by,
)
from mcp_foundry.emulator.wire.values import as_object, encode

WHO = "I am the scripted model inside the mcp-foundry emulator, not a real one."
LONGEST_QUOTE = 120
CONSENT_LINK = "https://login.example.com/consent?state=emulator"


class ScriptedModel:
    """Uses the tools that are declared, and answers with who it is and what it was asked.

    Directives have the last word: where there are any, they alone say what it does.
    """

    async def answer(self, question: Question) -> AsyncIterator[Act]:
        """Yield what it does, then the answer, within the limit of the request."""
        for act in within(question.limit, plan(question)):
            yield act


def within(limit: int, acts: Iterable[Act]) -> Iterator[Act]:
    """The acts up to so many tokens of text, then a stop; all of them where that is 0."""
    left = limit
    for act in acts:
        if limit and isinstance(act, Say) and not isinstance(act.pieces, AsyncIterator):
            pieces = [*islice(act.pieces, min(left + 1, sys.maxsize))]
            if len(pieces) > left:
                yield Say(pieces[:left], act.refusal)
                yield Stop("max_output_tokens")
                return
            left -= len(pieces)
            yield Say(pieces, act.refusal)
        else:
            yield act


def plan(question: Question) -> Iterator[Act]:
    """The acts of one turn, in order."""
    source = question.directives if question.script is None else question.script
    orders, rest = find_orders(source)
    words = {order.name for order in orders}
    yield from approved(question)
    for order in orders:
        yield from _before_the_answer(order)
    told = bool(orders) or question.script is not None
    used = [] if told or not question.asks else [*use_tools(question)]
    yield from (each.act for each in used if not each.waits)
    files = [written_by(order) for order in orders if order.name in FILES]
    yield from files
    files += [each.act for each in used if isinstance(each.act, WriteFile)]
    standard = rest if question.script is not None and rest else compose(question)
    if "incomplete" in words and not words & {"say", "repeat", "long"}:
        standard = standard[: len(standard) // 2]
    spoken = [act for order in orders for act in _answers(order, standard)]
    pending = [act for order in orders for act in _waits(order)]
    pending += [each.act for each in used if each.waits]
    drew = [each.act for each in used if isinstance(each.act, Draw)]
    if not (spoken or pending or "fail" in words or (drew and len(used) == 1)):
        made = "" if told else in_format(question)
        pieces = [*split_tokens(standard), *sentences(used), *links_to(files)]
        spoken = [Say(split_tokens(made) if made else pieces)]
    yield from spoken
    yield from pending
    for order in orders:
        yield from _ends(order)


def _before_the_answer(order: Order) -> Iterator[Act]:
    if order.name == "slow":
        yield Pause(number(order.argument, 1))
    elif order.name == "reason":
        yield Reason("The directive asks for thought, so this summary stands for one.")
    elif order.name == "search":
        yield Search(order.argument or "mcp-foundry")
    elif order.name == "mcp":
        name, arguments = split_call(order.argument or "tools.lookup")
        server, tool = split_tool(name)
        yield CallMcp(server, tool, arguments, scripted_output(tool))
    elif order.name == "code":
        yield RunCode(CODE, "42")


def _answers(order: Order, standard: str) -> Iterator[Act]:
    if order.name in {"say", "repeat"}:
        yield Say(split_tokens(order.argument))
    elif order.name == "long":
        yield Say(long_answer(int(number(order.argument, 100))))
    elif order.name == "messages":
        count = int(number(order.argument, 2))
        for each in range(1, count + 1):
            yield Say(split_tokens(f"Message {each} of {count}."))
    elif order.name == "refuse":
        yield Say(split_tokens("I can't help with that."), refusal=True)
    elif order.name == "draw":
        prompt, size = split_size(order.argument)
        yield Draw(prompt, picture(prompt, size))
    elif order.name == "cite":
        yield Say([*split_tokens(standard), *cite_all()])


def _waits(order: Order) -> Iterator[Act]:
    if order.name == "approve":
        name, arguments = split_call(order.argument or "tools.act")
        server, tool = split_tool(name)
        yield AskApproval(server, tool, arguments)
    elif order.name == "call":
        name, arguments = split_call(order.argument or "lookup")
        yield CallFunction(name, arguments)
    elif order.name in LEFT:
        yield LEFT[order.name](order.argument)
    elif order.name == "oauth":
        yield AskConsent(order.argument or "tools", CONSENT_LINK)


def _custom(argument: str) -> Leave:
    name, _, text = argument.partition(" ")
    return Leave("custom_tool_call", {"name": name or "tool", "input": text.strip()})


def _shell(argument: str) -> Leave:
    variables: dict[str, str] = {}
    action = {"type": "exec", "command": argument.split() or ["ls"], "env": variables}
    return Leave("local_shell_call", {"action": action})


def _computer(_: str) -> Leave:
    action = {"type": "screenshot"}
    return Leave("computer_call", {"action": action, "pending_safety_checks": []})


# Items that end a turn, by the word that asks for one.
LEFT = {"custom": _custom, "shell": _shell, "computer": _computer}


def _ends(order: Order) -> Iterator[Act]:
    if order.name == "fail":
        code, _, message = order.argument.partition(" ")
        yield Fail(code or "server_error", message or "The scripted model was told to fail.")
    elif order.name == "incomplete":
        yield Stop(order.argument or "max_output_tokens")


def compose(question: Question) -> str:
    """The standard answer: proof of who was asked, of the message, and of memory."""
    asked = [text for role, text in question.earlier if role == "user"]
    if question.asks:
        asked.append(question.message)
    told = [WHO, *(_acknowledge(reply) for reply in question.replies)]
    if question.asks:
        told.append(f"You asked {question.agent}: {quote(question.message)}.")
        told += [f"You sent {each}." for each in question.attached]
    else:
        told.append(f"You went on with {question.agent}.")
    turn = f"This is turn {max(1, len(asked))} of this conversation"
    told.append(f"{turn}; it began with {quote(asked[0])}." if len(asked) > 1 else f"{turn}.")
    return " ".join(told)


def _acknowledge(reply: Reply) -> str:
    if reply.approve is None:
        return f"{reply.name} answered {quote(reply.output)}."
    name = f"{reply.server}.{reply.name}"
    if reply.approve:
        return f"You approved {name} with {quote(reply.arguments)}, and it was called."
    return f"You denied {name}, and it was not called."


def quote(text: str) -> str:
    """The text in quotation marks; a long one by its beginning and its length."""
    if len(text) <= LONGEST_QUOTE:
        return f"“{text}”"
    return f"“{text[:LONGEST_QUOTE]}…” ({len(text):,} characters)"


def in_format(question: Question) -> str:
    """The answer as JSON, where that is asked for: by its schema, or an object of one field."""
    asked = details(question.text_format)
    if asked.get("type") == "json_schema":
        return encode(invent(as_object(asked.get("schema"))))
    return encode({"answer": compose(question)}) if asked.get("type") == "json_object" else ""


def choose_model(url: str, name: str) -> Model:
    """The scripted model, or the one behind a URL."""
    if not url:
        return ScriptedModel()
    from mcp_foundry.emulator.model.chat import ChatModel

    return ChatModel(url, name)
