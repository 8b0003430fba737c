"""Tests of `mcp_foundry/server/approvals/`."""
