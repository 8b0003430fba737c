"""Tests of `mcp_foundry/telemetry/`."""
