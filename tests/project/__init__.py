"""Tests of `mcp_foundry/project/`."""
