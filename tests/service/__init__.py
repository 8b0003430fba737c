"""Tests of `mcp_foundry/service/`."""
