"""Tests of `mcp_foundry/agents/classic/`."""
