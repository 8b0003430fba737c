"""Tests of `mcp_foundry/emulator/project/`."""
