"""Other people's clients, each in a virtual environment of its own, driven over stdio.

A script of this folder is one client: it starts the server with the command in its arguments,
lists the tools, asks an agent, streams, makes an error, and writes what it saw as JSON.
"""
