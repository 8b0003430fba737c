"""A question from a shell, and its answer as a person reads it: what `ask` and `chat` share."""
