"""The agents of one Microsoft Foundry project, as tools of a Model Context Protocol server.

`mcp_foundry.cli` holds the commands, `mcp_foundry.server.app` builds the server, and
`mcp_foundry.emulator` is a Foundry project on loopback that needs no Azure subscription.
Nothing is imported here, so that `mcp-foundry --help` answers at once.
"""

__version__ = "0.1.0"
