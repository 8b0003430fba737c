"""Tests of `mcp_foundry/emulator/responses/`."""
