from tests.rigs.npm import npm

__all__ = ["npm"]
