"""Tests of `mcp_foundry/runs/`."""
