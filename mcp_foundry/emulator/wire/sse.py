"""Server-sent events, as the service frames them."""

from mcp_foundry.emulator.wire.values import to_bytes


def sse(name: str, data: str) -> bytes:
    """One server-sent event, framed as recorded."""
    return to_bytes(f"event: {name}\ndata: {data}\n\n")
