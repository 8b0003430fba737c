"""What people read and install: the README, the snippets, the packages."""
