"""The words of the command line: commands, flags, and what `--help` says of them."""
