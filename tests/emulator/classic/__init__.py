"""Tests of `mcp_foundry/emulator/classic/`."""
