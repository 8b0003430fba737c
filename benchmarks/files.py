"""Figures 11 and 12: files that agents made, and files that go with a question."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from benchmarks.measuring import Figure, interleaved, ratio_figure, spread
from benchmarks.projects import RESPONSES, EmulatedProject, RawClient
from benchmarks.servers import McpServer, ours
from mcp_foundry.emulator.model.pictures import picture

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.processes import Json

_NETWORK = 0.06
_OUT, _IN = 5_000_000, 1_000_000
_BLOCK = 50
_QUESTION = "What is it?"
# Tables: a picture that code writes is shown by its interpreter as well, and would be two files.
_TEN = " ".join(f"[file {number}.csv 20000]" for number in range(10))


def pictures_out(rounds: int) -> Iterator[Figure]:
    """Measure a large picture on its way from the service to the client."""
    with EmulatedProject() as project, RawClient() as raw, ours(project.endpoint) as server:
        uris = _unfetched(server, rounds + 1)
        baselines, fetched = iter(uris), iter(uris)
        samples = interleaved(
            rounds,
            lambda: raw.download(project.contents(next(baselines))),
            lambda: _got(server, next(fetched)),
        )
    pairs = [(got, downloaded) for downloaded, got in samples]
    against = "a raw download, its base64 through a pipe"
    yield ratio_figure(11, "get_file, a 5 MB picture out", against, pairs, 1.25)
    with (
        EmulatedProject() as project,
        McpServer(
            "-m", "benchmarks.ticking_server", FOUNDRY_PROJECT_ENDPOINT=project.endpoint
        ) as server,
    ):
        uris = iter(_unfetched(server, rounds + 1))
        blocks = [block for (block,) in interleaved(rounds, lambda: _block(server, next(uris)))]
    ratio = spread([block / _BLOCK for block in blocks])
    what = "get_file, a 5 MB picture out, longest block of the loop"
    yield Figure(11, what, f"{_BLOCK} ms", ratio, spread(blocks), "ms", _BLOCK, rounds)


def _unfetched(server: McpServer, count: int) -> list[str]:
    """Return the addresses of pictures that the server has not got: a batch brings no files."""
    asked = [{"message": f"[file picture.png {_OUT}]", "agent": RESPONSES}] * count
    answers = server.call("batch_ask", requests=asked).result["structuredContent"]["answers"]
    return [answer["files"][0]["uri"] for answer in answers]


def _got(server: McpServer, uri: str) -> float:
    got = server.call("get_file", uri=uri)
    if len(got.result["content"][1]["data"]) * 3 // 4 < _OUT:
        raise AssertionError(got.result["content"][0])
    return got.seconds


def _block(server: McpServer, uri: str) -> float:
    server.call("longest_block")
    _got(server, uri)
    return float(server.call("longest_block").result["content"][0]["text"])


def files_of_an_answer(rounds: int) -> Iterator[Figure]:
    """Measure what an answer's ten files add to it."""
    with (
        EmulatedProject(latency=_NETWORK) as project,
        RawClient() as raw,
        ours(project.endpoint) as server,
    ):
        made = _asked(server, _TEN)["files"]
        url = project.contents(made[0]["uri"])
        samples = interleaved(
            rounds,
            lambda: server.call("ask_agent", message=_TEN, agent=RESPONSES).seconds,
            lambda: server.call("ask_agent", message=_QUESTION, agent=RESPONSES).seconds,
            lambda: raw.download(url),
        )
    pairs = [(ten, none + one) for ten, none, one in samples]
    what = "ask_agent, ten files of one answer, network 60 ms"
    against = "an answer without files + one raw download"
    # The baseline is two trips through the network. Side by side, ten files take one of them, and
    # the work on nine more; already in two lots they would take another: 1.5. One by one: 5.5.
    yield ratio_figure(11, what, against, pairs, 1.25)


def _asked(server: McpServer, message: str) -> Json:
    answer = server.call("ask_agent", message=message, agent=RESPONSES).result["structuredContent"]
    if len(answer["files"]) != _TEN.count("["):
        raise AssertionError(answer)
    return answer


def pictures_in(rounds: int) -> Iterator[Figure]:
    """Measure a picture on its way to the service: from disk, and from the client."""
    data = picture(_QUESTION, _IN)
    inline = f"data:image/png;base64,{b64encode(data).decode()}"
    with (
        TemporaryDirectory() as folder,
        # No time for the model: it would hide what this is about.
        EmulatedProject(latency=_NETWORK) as project,
        RawClient() as raw,
        ours(project.endpoint, MCP_FOUNDRY_FILES=folder) as server,
    ):
        path = Path(folder, "picture.png")
        path.write_bytes(data)
        url, body = project.question(_QUESTION, RESPONSES)
        parts = [
            {"type": "input_text", "text": _QUESTION},
            {"type": "input_image", "image_url": inline},
        ]
        request = url, body | {"input": [{"role": "user", "content": parts}]}
        samples = interleaved(
            rounds,
            lambda: raw.ask(request).seconds,
            lambda: _asked_about(server, str(path)),
            lambda: _asked_about(server, inline),
        )
    against = "one raw streamed request of the same body"
    for place, given in ((1, "its path"), (2, "a data: URL")):
        what = f"ask_agent, a 1 MB picture in by {given}, network 60 ms"
        pairs = [(sample[place], sample[0]) for sample in samples]
        yield ratio_figure(12, what, against, pairs, 1.1)


def _asked_about(server: McpServer, file: str) -> float:
    called = server.call("ask_agent", message=_QUESTION, agent=RESPONSES, files=[file])
    if f"{_IN:,} bytes" not in called.result["structuredContent"]["text"]:
        raise AssertionError(called.result)
    return called.seconds
