"""Streamable HTTP on loopback."""
