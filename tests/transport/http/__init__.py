"""Tests of `mcp_foundry/transport/http/`."""
