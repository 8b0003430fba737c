"""Tests of `mcp_foundry/emulator/http/`."""
