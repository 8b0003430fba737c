"""Streamable HTTP: on loopback to whoever reaches it, or behind a door to many."""
