"""Tests of `mcp_foundry/agents/responses/`."""
