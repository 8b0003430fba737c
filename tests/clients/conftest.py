from tests.npm import hosts, npm

__all__ = ["hosts", "npm"]
