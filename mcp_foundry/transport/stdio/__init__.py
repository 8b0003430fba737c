"""JSON-RPC over the process's own stdin and stdout, a line a message."""
