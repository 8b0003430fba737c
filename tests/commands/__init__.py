"""Tests of `mcp_foundry/commands/`."""
