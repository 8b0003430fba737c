"""Tests of `mcp_foundry/transport/stdio/`."""
