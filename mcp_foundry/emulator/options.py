"""What an emulator is opened with."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Options:
    """The words of `Emulator`, all with defaults."""

    port: int = 0
    """The port; 0 picks a free one."""
    model_url: str = ""
    """The base URL of an OpenAI-compatible server that answers instead of the scripted model, such
    as `http://127.0.0.1:11434/v1`."""
    model_name: str = ""
    """The model to ask there."""
    latency: float = 0.0
    """Seconds before each reply, as a network has them."""
    first_token: float = 0.0
    """Seconds that a run takes before its first token."""
    tokens_per_second: float = 0.0
    """The pace of text; 0 is as fast as possible."""
    seed: Path | None = None
    """A YAML or JSON file of what it holds at first, instead of what is built in."""
    data: Path | None = None
    """The file that keeps it, which is made where there is none; without, it is in memory."""
    https: bool = False
    """Whether to speak TLS, with a certificate of an authority of the user's own: the Azure SDKs
    send no token without. `bundle` then is the file of what a client has to trust."""
    log: Callable[[str], object] | None = None
    """Takes a line, without its end, for each request: what was asked, what it got, how many
    milliseconds that took, and what the model did; no token and nothing that was said."""
