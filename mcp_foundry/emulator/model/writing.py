"""Files that the scripted model writes: what is in them, and the links to them."""

from collections.abc import Iterator, Sequence

from mcp_foundry.emulator.model.acts import Citation, WriteFile
from mcp_foundry.emulator.model.directives import Order
from mcp_foundry.emulator.model.pictures import picture

FILES = ("file", "file-unannotated", "file-gone")
NAME = "chart.png"
LARGEST = 64 * 1024 * 1024


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
