"""What the scripted model writes: words as a model streams them, files, and links to them."""

import re
from collections.abc import Iterator, Sequence

from mcp_foundry.emulator.model.acts import Citation, WriteFile
from mcp_foundry.emulator.model.directives import Order
from mcp_foundry.emulator.model.pictures import picture
from mcp_foundry.emulator.model.question import Question

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
FILES = ("file", "file-unannotated", "file-gone")
NAME = "chart.png"
LARGEST = 64 * 1024 * 1024
NAMED_FILE = re.compile(r"\b[\w-]+\.(?:png|jpe?g|svg|csv|txt|md|json|html|pdf|xlsx|docx|py)\b")
# What a message asks code to write, by the words that say so.
WRITTEN = (
    (
        re.compile(r"\b(?:chart|graph|plot|diagram|picture|image|figure)", re.IGNORECASE),
        "chart.png",
    ),
    (re.compile(r"\b(?:csv|table|spreadsheet)", re.IGNORECASE), "table.csv"),
    (re.compile(r"\b(?:file|document|report)\b", re.IGNORECASE), "report.txt"),
)


def split_tokens(text: str) -> list[str]:
    """Pieces as a model streams them: short words, each with the space before it."""
    return re.findall(r"\s*\S{1,12}|\s+", text)


def split_size(argument: str) -> tuple[str, int]:
    """`words SIZE` as the words and a number of bytes; 0 where there is none."""
    words, _, size = argument.rpartition(" ")
    if words and size.isdecimal():
        return words, min(int(size), LARGEST)
    return argument, 0


def written_by(order: Order) -> WriteFile:
    """The file that a directive asks for."""
    name, size = split_size(order.argument or NAME)
    cited = order.name != "file-unannotated"
    return WriteFile(name, content_of(name, size), gone=order.name == "file-gone", cited=cited)


def file_asked_for(question: Question) -> str:
    """The file that a message asks code to write, by its name or its kind; empty for none."""
    attached = " ".join(question.attached)
    named = [each for each in NAMED_FILE.findall(question.message) if each not in attached]
    kinds = (name for words, name in WRITTEN if words.search(question.message))
    return named[-1] if named else next(kinds, "")


def content_of(name: str, size: int) -> bytes:
    """What a file of that name holds, and at least so many bytes."""
    if name.lower().endswith(".png"):
        return picture(name, size)
    if name.lower().endswith(".csv"):
        text = "name,words\nemulator,This is no real data.\n"
    else:
        text = f"The scripted model inside the mcp-foundry emulator wrote {name}.\n"
    return (text * (1 + size // len(text))).encode("utf-8", "replace")


def links_to(files: Sequence[WriteFile]) -> Iterator[str | Citation]:
    """A link to each file, in a line of its own."""
    for file in files:
        address = f"sandbox:/mnt/data/{file.name}"
        yield f"\n\n[Download {file.name}]("
        yield Citation("container_file_citation", address, file.name) if file.cited else address
        yield ")"


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
