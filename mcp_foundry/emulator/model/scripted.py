"""The scripted model: deterministic, and honest about what it is."""

import re
from collections.abc import AsyncIterator, Iterator

from mcp_foundry.emulator.model.acts import (
    Act,
    AskApproval,
    AskConsent,
    CallFunction,
    CallMcp,
    Citation,
    Draw,
    Fail,
    Leave,
    Model,
    Pause,
    Question,
    Reason,
    Reply,
    RunCode,
    Say,
    Search,
    Stop,
)
from mcp_foundry.emulator.model.directives import Order, find_orders, number, split_call, split_tool
from mcp_foundry.emulator.model.pictures import picture
from mcp_foundry.emulator.model.writing import FILES, links_to, split_size, written_by

WHO = "I am the scripted model inside the mcp-foundry emulator, not a real one."
LONGEST_QUOTE = 120
CONSENT_LINK = "https://login.example.com/consent?state=emulator"
CODE = "print(6 * 7)"

# Words of one to four bytes per character, so that a stream cut anywhere meets every case.
WORDS = ("alpha", "naïve", "token", "東京", "stream", "émigré", "word", "😄", "of", "the")

SOURCES = (
    Citation("url_citation", "【4:0†source】", "Foundry", "https://example.com/foundry"),
    Citation("file_citation", "【4:1†handbook.md】", "handbook.md", "", "assistant-handbook"),
    Citation(
        "container_file_citation", "【4:2†plot.png】", "plot.png", "", "cfile_plot", "cntr_emulator"
    ),
    Citation("file_path", "sandbox:/mnt/data/table.csv", "table.csv", "", "assistant-table"),
)


class ScriptedModel:
    """Answers with who it is, what it was asked, and what it remembers; or as directives say."""

    async def answer(self, question: Question) -> AsyncIterator[Act]:
        """Yield what the directives ask for, then the answer."""
        for act in plan(question):
            yield act


def plan(question: Question) -> Iterator[Act]:
    """The acts of one turn, in order."""
    source = question.directives if question.script is None else question.script
    orders, rest = find_orders(source)
    words = {order.name for order in orders}
    for reply in question.replies:
        if reply.approve:
            output = f"The emulator called {reply.name}."
            yield CallMcp(reply.server, reply.name, reply.arguments, output, reply.id)
    for order in orders:
        yield from _before_the_answer(order)
    files = [written_by(order) for order in orders if order.name in FILES]
    yield from files
    standard = rest if question.script is not None and rest else compose(question)
    if "incomplete" in words and not words & {"say", "repeat", "long"}:
        standard = standard[: len(standard) // 2]
    spoken = [act for order in orders for act in _answers(order, standard)]
    pending = [act for order in orders for act in _waits(order)]
    if not (spoken or pending or "fail" in words):
        spoken = [Say([*split_tokens(standard), *links_to(files)])]
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
        yield CallMcp(server, tool, arguments, f"The emulator called {tool}.")
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
    if question.message or question.parts:
        asked.append(question.message)
    sentences = [WHO, *(_acknowledge(reply) for reply in question.replies)]
    if question.message or question.parts:
        sentences.append(f"You asked {question.agent}: {quote(question.message)}.")
        sentences += [f"You sent {each}." for each in question.attached]
    else:
        sentences.append(f"You went on with {question.agent}.")
    turn = f"This is turn {max(1, len(asked))} of this conversation"
    sentences.append(f"{turn}; it began with {quote(asked[0])}." if len(asked) > 1 else f"{turn}.")
    return " ".join(sentences)


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


def split_tokens(text: str) -> list[str]:
    """Pieces as a model streams them: short words, each with the space before it."""
    return re.findall(r"\s*\S{1,12}|\s+", text)


def long_answer(count: int) -> Iterator[str]:
    """Exactly `count` tokens."""
    for each in range(count):
        word = WORDS[each % len(WORDS)]
        yield word if each == 0 else f" {word}"


def cite_all() -> Iterator[str | Citation]:
    """A closing sentence with one marker of each kind."""
    yield " Sources:"
    for source in SOURCES:
        yield " "
        yield source
    yield "."


def choose_model(url: str, name: str) -> Model:
    """The scripted model, or the one behind a URL."""
    if not url:
        return ScriptedModel()
    from mcp_foundry.emulator.model.chat import ChatModel

    return ChatModel(url, name)
