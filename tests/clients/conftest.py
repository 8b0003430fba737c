from tests.rigs.npm import hosts, npm

__all__ = ["hosts", "npm"]
