"""Tests of `mcp_foundry/emulator/files/`."""
