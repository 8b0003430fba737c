"""What the scripted model writes: words as a model streams them, files, and links to them."""

import re
from collections.abc import Iterator, Sequence

from mcp_foundry.emulator.model.acts import Citation, WriteFile
from mcp_foundry.emulator.model.directives import Order
from mcp_foundry.emulator.model.pictures import picture

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
