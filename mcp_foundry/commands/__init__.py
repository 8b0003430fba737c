"""What each command does; `mcp_foundry.cli` reads the command line and chooses."""
