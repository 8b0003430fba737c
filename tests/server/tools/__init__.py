"""Tests of `mcp_foundry/server/tools/`."""
