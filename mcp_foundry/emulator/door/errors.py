"""Why nobody can be let in."""


class CannotKeepCertificatesError(Exception):
    """The folder for certificates cannot be used; the message says which, and what to do."""
