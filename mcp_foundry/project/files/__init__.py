"""Files on their way: brought from the service, kept, saved; read from disk and attached."""
