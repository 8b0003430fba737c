from tests.npm import npm

__all__ = ["npm"]
