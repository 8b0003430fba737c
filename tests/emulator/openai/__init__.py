"""Tests of `mcp_foundry/emulator/openai/`."""
