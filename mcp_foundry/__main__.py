"""`python -m mcp_foundry`: the same as `mcp-foundry`."""

import sys

from mcp_foundry.cli import main

if __name__ == "__main__":
    sys.exit(main())
