"""The plane of the current generation: responses and conversations."""
