"""Tests of `mcp_foundry/settings/`."""
