"""Bounds on every wait that no user needs to set."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Bounds that no user needs to set, in seconds unless said; tests shorten them.

    Attributes:
        connect: Until a connection stands.
        silence: Between two pieces of a stream, its keep-alives counted, and before the first. A
            run that is silent for longer is not given up: its answer is fetched instead.
        quiet: After so long a silence of its stream, a run is looked up when someone asks for it.
        run: The life of one run, however long its caller waits.
        find: How long a run is looked for whose id never came; a service may list it late.
        lost: How long a broken stream's answer is looked for while the service cannot be reached.
        poll: Between two looks at a run that has no stream, at first; later up to five seconds.
            Recorded looks take 0.6 to 8.5 s, and all count against the rate limit.
        listing: How long a first listing of the tools waits for the definitions of agents that get
            a tool of their own.
        read: One management request, its retries included.
        exchange: A token from Entra on behalf of a caller, repetitions included.
        pause: Between the first repetition of a management request and the second.
        cancel: Telling the service that a run is cancelled, and before that waiting for its id.
        pending: How long a run may wait for replies before it is cancelled.
        person: How long a person may take to approve.
        heartbeat: Between two signs of life to a client that asked for progress.
        files: How long an answer waits for its files; those that take longer come later.
        file_life: How long a file that was brought is kept in memory.
        file: Bytes of one file, either way.
        files_sent: Bytes of all files of one question.
        files_kept: Bytes of all files in memory.
        message: Bytes of one message, in UTF-8.
        kept: Answers that nobody has fetched yet, as a count.
        batched: Questions of one caller's batches that are under way, as a count; and of the
            batches of all that ended, which are kept as long as a run may live where many call.
    """

    connect: float = 10
    silence: float = 120
    quiet: float = 2
    run: float = 3600
    find: float = 5
    lost: float = 120
    poll: float = 1
    listing: float = 5
    read: float = 60
    exchange: float = 8
    pause: float = 1.6
    cancel: float = 1.5
    pending: float = 600
    person: float = 300
    heartbeat: float = 8
    files: float = 5
    file_life: float = 3600
    file: int = 20 * 1024 * 1024
    files_sent: int = 50 * 1024 * 1024
    files_kept: int = 64 * 1024 * 1024
    message: int = 1_048_576
    kept: int = 500
    batched: int = 4000
