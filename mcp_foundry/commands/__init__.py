"""What each command does; `mcp_foundry.cli` reads the command line and chooses.

Nothing is imported here, so that a command loads only what it needs.
"""
