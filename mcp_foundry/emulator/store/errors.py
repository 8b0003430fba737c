"""What goes wrong before a project can be opened."""


class DataFileError(Exception):
    """The data file cannot be used; the message says why, and what to do."""
