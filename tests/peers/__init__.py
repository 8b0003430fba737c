"""Servers of the other side that are not ours, each in a virtual environment of its own.

The emulator is what we believe of the service; a peer is what its makers wrote. `agent.py` is an
agent in Microsoft's own server of the Responses protocol, in which hosted agents run.
"""
