"""Tests of `mcp_foundry/emulator/model/`."""
