"""Tests of `mcp_foundry/emulator/faults/`."""
